import type { Handler } from "../receive.ts";

export const createSubshellRequest: Handler = ({ subshells }, { reply }) => {
  reply("create_subshell_reply", { status: "ok", subshell_id: subshells.create() });
};

export const listSubshellRequest: Handler = ({ subshells }, { reply }) => {
  reply("list_subshell_reply", { status: "ok", subshell_id: subshells.list() });
};

export const deleteSubshellRequest: Handler = ({ subshells }, { message, reply }) => {
  const id = String(message.content.subshell_id);
  if (subshells.delete(id)) return reply("delete_subshell_reply", { status: "ok" });
  const evalue = `There is no subshell ${id}. list_subshell_request tells which there are.`;
  reply("delete_subshell_reply", { status: "error", ename: "SubshellError", evalue, traceback: [] });
};
