export type ValueName = string;
