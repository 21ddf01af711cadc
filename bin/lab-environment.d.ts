export const labEnvironment: Record<string, string>;
