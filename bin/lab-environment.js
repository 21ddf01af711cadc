/**
 * What the lab's server is started with. glibc keeps freed memory per thread, at the end of its heap and in its holes, and
 * how much is decided when a process starts: after a notebook of 50 MB that would be 150 MB more than the server needs.
 * Pieces of 32 KB and more, as requests come in, get pages of their own, which go back when they are freed: 28 MB less
 * (bench/README.md). Kernels do not inherit it (cli/lab-command.ts).
 */
export const labEnvironment = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_TRIM_THRESHOLD_: "131072",
  MALLOC_MMAP_THRESHOLD_: "32768",
};
