/**
 * What the lab's server is started with. glibc keeps freed memory per thread and at the end of its heap, and how much is
 * decided when a process starts: after a notebook of 50 MB that would be 150 MB more than the server needs. Kernels do not
 * inherit it (cli/lab-command.ts).
 */
export const labEnvironment = { MALLOC_ARENA_MAX: "1", MALLOC_TRIM_THRESHOLD_: "131072" };
