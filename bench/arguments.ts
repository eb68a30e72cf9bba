/** Command lines of the measurements. */

/** Values of `parseArgs` of which some are needed: those are there from here on. */
export function withRequired<Values extends object, Name extends keyof Values & string>(
  values: Values,
  names: readonly Name[],
): Values & { [K in Name]-?: NonNullable<Values[K]> } {
  for (const name of names) if (values[name] === undefined) throw new Error(`--${name} is needed`);
  return values as Values & { [K in Name]-?: NonNullable<Values[K]> };
}
