/** The peer's task: the body of the benchmark's trivial UDF. */
export default function add({ n }) {
  return n + 1;
}
