/** What packages written for Node and browsers alike read of Node's `process`. */
const process = { env: {}, cwd: () => "/", platform: "browser" };
export { process };
