/** Which object of this notebook stands for which UDF or pool of the host's. */
const udfs = new WeakMap<object, number>();
const pools = new WeakMap<object, number>();

const isObject = (value: unknown): value is object =>
  typeof value === "function" || (typeof value === "object" && value !== null);

export const udfNumber = (value: unknown): number | undefined => (isObject(value) ? udfs.get(value) : undefined);
export const poolNumber = (value: unknown): number | undefined => (isObject(value) ? pools.get(value) : undefined);

export const setUdfNumber = (value: object, number: number): void => void udfs.set(value, number);
export const setPoolNumber = (value: object, number: number): void => void pools.set(value, number);
