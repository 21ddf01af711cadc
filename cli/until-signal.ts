/** Waits for SIGINT, SIGTERM or SIGHUP; a second one later on ends the process at once. */
export async function untilSignal(): Promise<void> {
  const stop = Promise.withResolvers<void>();
  let stopping = 0;
  const onSignal = () => {
    // One Ctrl-C may come twice: from the terminal, and passed on by the process that started us.
    if (stopping > 0 && performance.now() - stopping > 700) process.exit(130);
    stopping ||= performance.now();
    stop.resolve();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  await stop.promise;
}
