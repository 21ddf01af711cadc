import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../../fused/write-whole.ts";
import type { ServiceContext } from "../context.ts";

interface MailFacts {
  email: string;
  udfName: string;
  status: string;
  reason: string | null;
  total: number;
  errors: number;
  seconds: number;
}

/**
 * Writes the message that tells a job's owner of its end into the folder `mail` of the service's data, as a whole RFC 5322
 * message: a mail server's pick-up folder, or `sendmail -t`, sends it on. Nothing where the job asked for none.
 */
export async function sendStatusMail({ database, settings }: ServiceContext, jobId: string): Promise<void> {
  const [job] = await database.query<MailFacts>(
    `select u.email, j.udf_name as "udfName", j.status, j.reason, j.total, j.errors,
       extract(epoch from j.ended_at - j.created_at)::float8 as seconds
     from fused.jobs j join fused.users u on u.id = j.owner_id where j.id = $1 and j.send_status_email`,
    [jobId],
  );
  if (!job) return;
  const folder = join(settings.dataFolder, "mail");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const text = [
    `Date: ${new Date().toUTCString()}`,
    `Message-ID: <${jobId}@fused-service>`,
    "From: Fused service <fused@localhost>",
    `To: ${headerText(job.email)}`,
    `Subject: =?utf-8?B?${Buffer.from(`Job ${job.status}: ${job.udfName}`).toString("base64")}?=`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    `The job ${jobId} (${job.udfName}) is ${job.status} after ${job.seconds.toFixed(0)} s.`,
    `${job.total - job.errors} of ${job.total} runs gave a result.`,
    ...(job.reason === null ? [] : ["", job.reason]),
    "",
  ].join("\r\n");
  writeWhole(join(folder, `${jobId}.eml`), text);
}

/** Line ends in an address would begin headers of their own. */
const headerText = (text: string): string => text.replace(/[\r\n]+/g, " ");
