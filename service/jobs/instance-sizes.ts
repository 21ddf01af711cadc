import { availableParallelism, totalmem } from "node:os";

/** A kind of batch machine, as far as a worker goes by it: how many runs at once, and how much memory each may take. */
export interface InstanceSize {
  cores: number;
  memoryMb: number;
}

/** The batch sizes of fused-spec.md 8.1. A worker gives what its machine has, up to these. */
const instanceSizes = {
  small: { cores: 2, memoryMb: 2048 },
  medium: { cores: 16, memoryMb: 4096 },
  large: { cores: 64, memoryMb: 8192 },
} as const satisfies Record<string, InstanceSize>;

export type SizeName = keyof typeof instanceSizes;

export const sizeNames = Object.keys(instanceSizes) as SizeName[];

/** A cloud provider's type (`m5.4xlarge`), by what comes after the dot. */
const cloudType = /^[a-z]\w*\d\w*\.(?:(nano|micro|small|medium|large)|(x|2x|4x)large|(\d+x)large|metal)$/;

/** The size that a job's `instance_type` stands for; undefined where it is none. */
export function sizeOf(instanceType: string): SizeName | undefined {
  if (Object.hasOwn(instanceSizes, instanceType)) return instanceType as SizeName;
  const match = cloudType.exec(instanceType);
  if (!match) return undefined;
  return match[1] ? "small" : match[2] ? "medium" : "large";
}

/** What this machine gives to a part of a job of a size: runs at once, and MB for each. */
export function shareOf(size: SizeName, processes: number | null): InstanceSize {
  const cores = Math.max(1, Math.min(processes ?? instanceSizes[size].cores, 4 * availableParallelism()));
  const runs = processes === null ? Math.min(cores, availableParallelism()) : cores;
  const fair = Math.floor(totalmem() / 2 ** 20 / 2 / runs);
  return { cores: runs, memoryMb: Math.max(64, Math.min(instanceSizes[size].memoryMb, fair)) };
}
