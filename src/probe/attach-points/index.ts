/** Where in a function to attach uprobes, so that every call is seen and costs the program little. */
export { calleeAt, type EntryPoint, type ExitPoint, entryPoint, exitPoints, returnPoints } from './attach-points.ts';
export type { GeneralRegister } from './x86-64/decode.ts';
