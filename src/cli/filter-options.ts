import { type Command, Option } from 'commander';
import { WirelightError } from '../base/errors.ts';
import {
  allOf,
  type Filter,
  FilterError,
  type FilterValue,
  fieldNamed,
  notOf,
  parseFilter,
  parseTerm,
} from '../model/filter/index.ts';

/** An option that is a term of the filter grammar: `--from-port 80` is `from.port:80`. */
interface FilterOption {
  readonly flag: string;
  readonly argument: string;
  readonly summary: string;
  readonly field: string;
  /** Only requests of this protocol. */
  readonly protocol?: string;
  /** Turns what is written into a value of the field. */
  readonly value?: (text: string) => string;
  /** Known from Hubble, not shown in the help. */
  readonly hidden?: boolean;
}

/** Options of which there is one for either end, one for the source and one for the destination. */
const endOptions: readonly (readonly [name: string, argument: string, summary: string, field?: string])[] = [
  ['ip', 'cidr', 'address or network'],
  ['port', 'port', 'port or range (8000..8999)'],
  ['process', 'name', 'program'],
  ['pid', 'pid', 'process id'],
  ['container', 'name', 'container'],
  ['workload', 'name', 'workload'],
  ['pod', 'name', 'Kubernetes pod'],
  ['namespace', 'name', 'Kubernetes namespace'],
  ['domain', 'name', 'DNS name'],
  ['fqdn', 'name', 'DNS name', 'domain'],
];

const options: readonly FilterOption[] = [
  { flag: 'from', argument: 'who', summary: 'source: name, address or network', field: 'from' },
  { flag: 'to', argument: 'who', summary: 'destination: name, address or network', field: 'to' },
  { flag: 'with', argument: 'who', summary: 'either end: name, address or network', field: 'with' },
  ...endOptions.flatMap(([name, argument, summary, field = name]): FilterOption[] => {
    const hidden = name === 'fqdn';
    const also = `${summary} at either end; also --from-${name}, --to-${name}`;
    return [
      { flag: name, argument, summary: also, field, hidden },
      { flag: `from-${name}`, argument, summary, field: `from.${field}`, hidden: true },
      { flag: `to-${name}`, argument, summary, field: `to.${field}`, hidden: true },
    ];
  }),
  { flag: 'protocol', argument: 'name', summary: 'http, dns, ..., or tcp, udp', field: 'protocol' },
  { flag: 'status', argument: 'status', summary: '404, 5xx, NXDOMAIN, error', field: 'status', value: hubbleStatus },
  { flag: 'method', argument: 'verb', summary: 'GET, SELECT, ...', field: 'method' },
  { flag: 'path', argument: 'path', summary: 'path or template, with wildcards', field: 'path' },
  {
    flag: 'http-status',
    argument: 'status',
    summary: 'HTTP status: 404, 5xx, 5+',
    field: 'status',
    protocol: 'http',
    value: hubbleStatus,
  },
  { flag: 'http-method', argument: 'verb', summary: 'HTTP method', field: 'method', protocol: 'http' },
  { flag: 'http-path', argument: 'path', summary: 'HTTP path, with wildcards', field: 'path', protocol: 'http' },
  {
    flag: 'latency-over',
    argument: 'time',
    summary: 'slower than this: 200ms',
    field: 'latency',
    value: (text) => `>${text}`,
  },
  {
    flag: 'latency-under',
    argument: 'time',
    summary: 'faster than this: 1ms',
    field: 'latency',
    value: (text) => `<${text}`,
  },
  { flag: 'side', argument: 'side', summary: 'seen at: client, server, both', field: 'side' },
  { flag: 'direction', argument: 'direction', summary: 'ingress or egress', field: 'side' },
  { flag: 'traffic-direction', argument: 'direction', summary: 'ingress or egress', field: 'side', hidden: true },
  { flag: 'verdict', argument: 'verdict', summary: 'forwarded, dropped, failed', field: 'verdict' },
  { flag: 'event', argument: 'kind', summary: 'retransmit, drop, ...', field: 'event' },
  { flag: 'reason', argument: 'reason', summary: 'drop reason, error name', field: 'reason' },
  { flag: 'drop-reason-desc', argument: 'reason', summary: 'drop reason', field: 'reason', hidden: true },
];

/** Hubble writes a class of codes as `5+`. */
function hubbleStatus(text: string): string {
  return text.replace(/^([1-9])\+$/, '$1xx');
}

/** What was asked for by options and words, as one filter. */
export interface AskedFilter {
  /** @param words the command's arguments: a filter in the grammar, with which the options are combined */
  build(words: readonly string[]): Filter;
}

interface Asked {
  readonly option: FilterOption;
  readonly negated: boolean;
  readonly values: FilterValue[];
}

/**
 * Adds the options by which records are chosen, under the names that Hubble's users know. Repeating one means *or*,
 * different ones mean *and*, `--not` turns the one that follows around.
 */
export function addFilterOptions(command: Command): AskedFilter {
  const asked: Asked[] = [];
  let negate = false;
  for (const option of options) {
    const declared = new Option(`--${option.flag} <${option.argument}>`, option.summary);
    declared.helpGroup('Filters:');
    if (option.hidden === true) declared.hideHelp();
    command.addOption(declared);
    command.on(`option:${option.flag}`, (text: string) => {
      const values = valuesOf(option, text);
      const same = asked.find((one) => one.option === option && one.negated === negate);
      if (same === undefined) asked.push({ option, negated: negate, values });
      else same.values.push(...values);
      negate = false;
    });
  }
  command.addOption(new Option('--not', 'turn the filter that follows around').helpGroup('Filters:'));
  command.on('option:not', () => {
    negate = true;
  });
  return {
    build: (words) => {
      if (negate) {
        throw new WirelightError('usage', '--not stands before nothing', {
          next: 'put it right before the filter that it turns around: --not --port 53',
          exitCode: 2,
        });
      }
      return allOf([parseWords(words), ...asked.map(filterOf)]);
    },
  };
}

function valuesOf(option: FilterOption, text: string): FilterValue[] {
  const field = fieldNamed(option.field);
  if (field === undefined) throw new Error(`there is no field ${option.field}`);
  try {
    const filter = parseTerm(field, option.value?.(text) ?? text);
    if (filter.type === 'term') return [...filter.values];
    throw new Error(`--${option.flag} ${text} is no term`);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    throw new WirelightError('bad_filter', `--${option.flag}: ${error.message}`, {
      ...(error.next === undefined ? {} : { next: error.next }),
      exitCode: 2,
    });
  }
}

function filterOf({ option, negated, values }: Asked): Filter {
  const term: Filter = { type: 'term', field: option.field, values };
  const whole = option.protocol === undefined ? term : allOf([parseFilter(`protocol:${option.protocol}`), term]);
  return negated ? notOf(whole) : whole;
}

function parseWords(words: readonly string[]): Filter {
  const text = words.join(' ');
  try {
    return parseFilter(text);
  } catch (error) {
    if (error instanceof FilterError && /:($|\s)/.test(text)) {
      throw new WirelightError(error.code, error.message, {
        ...(error.why === undefined ? {} : { why: error.why }),
        next: "put the filter in quotes where it holds < or >, which the shell takes for itself: 'latency:>200ms'",
        exitCode: error.exitCode,
      });
    }
    throw error;
  }
}
