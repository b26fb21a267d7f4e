/**
 * What a filter means, said a second time in the plainest way: over the JSON of a record, with regular expressions and
 * without regard to speed. The compiled forms are held against it.
 */
import { BlockList } from 'node:net';
import type { Filter, FilterValue, Pattern, Term } from '../filter/index.ts';
import type { EndpointRecord, WirelightRecord } from '../records.ts';

/** True where the record passes. */
export function passes(filter: Filter, record: WirelightRecord): boolean {
  switch (filter.type) {
    case 'all':
      return filter.of.every((part) => passes(part, record));
    case 'any':
      return filter.of.some((part) => passes(part, record));
    case 'not':
      return !passes(filter.filter, record);
    case 'term':
      return filter.values.some((value) => valuesOf(filter, record).some((actual) => matches(value, actual)));
    case 'word':
      return wordsOf(record).some((text) => like(['', ...filter.pattern, ''], text));
  }
}

type Actual = string | number | null | undefined;

function matches(value: FilterValue, actual: Actual): boolean {
  if (actual === undefined || actual === null) return false;
  switch (value.type) {
    case 'text':
      return typeof actual === 'string' && like(value.pattern, actual);
    case 'choice':
      return actual === `choice ${value.name}`;
    case 'network':
      return typeof actual === 'string' && inside(value.network, actual);
    case 'range':
      return typeof actual === 'number' && actual >= value.from && actual <= value.to;
    case 'number':
      if (typeof actual !== 'number') return false;
      return {
        '=': actual === value.value,
        '<': actual < value.value,
        '<=': actual <= value.value,
        '>': actual > value.value,
        '>=': actual >= value.value,
      }[value.op];
  }
}

function like(pattern: Pattern, text: string): boolean {
  const lower = (s: string) => s.replace(/[A-Z]/g, (c) => c.toLowerCase());
  const source = pattern.map((piece) => lower(piece).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('.*');
  return text !== '' && new RegExp(`^${source}$`, 'su').test(lower(text));
}

function inside(network: string, ip: string): boolean {
  if (!/^[\d.]+$|:/.test(ip) || network.includes(':') !== ip.includes(':')) return false;
  const [base, prefix] = network.split('/');
  const family = base.includes(':') ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  if (prefix === undefined) list.addAddress(base, family);
  else list.addSubnet(base, Number(prefix), family);
  return list.check(ip, family);
}

function partyOf(end: EndpointRecord): Actual[] {
  return [end.name, end.workload, end.process, end.container, end.pod, end.unit, end.domain, end.ip];
}

function wordsOf(record: WirelightRecord): string[] {
  const ends = [record.source, record.destination].filter((end) => end !== undefined);
  const own: Actual[] =
    record.type === 'request'
      ? [record.protocol, record.operation, record.resource, record.authority, record.status_text]
      : record.type === 'connection'
        ? [record.protocol, record.transport, record.state, record.error]
        : [record.event, record.reason, record.process];
  return [...ends.flatMap(partyOf), ...own].filter((text) => typeof text === 'string');
}

const choice = (name: string | undefined): Actual => (name === undefined ? undefined : `choice ${name}`);
const failures = ['server_error', 'timeout', 'aborted'];

function valuesOf(term: Term, record: WirelightRecord): Actual[] {
  const { field } = term;
  const [first, rest] = field.split('.');
  const isFrom = first === 'from';
  if (isFrom || first === 'to') {
    const end = isFrom ? record.source : record.destination;
    if (end === undefined) return [];
    return rest === undefined ? partyOf(end) : endValue(end, rest);
  }
  const ends = [record.source, record.destination].filter((end) => end !== undefined);
  if (field === 'with') return ends.flatMap(partyOf);
  const ofEnds = ends.flatMap((end) => endValue(end, field));
  const own =
    record.type === 'event' && ['pid', 'process', 'netns'].includes(field) ? record[field as 'pid'] : undefined;
  return [...ofEnds, own, ...recordValues(field, record)];
}

function endValue(end: EndpointRecord, field: string): Actual[] {
  switch (field) {
    case 'kind':
      return [choice(end.kind)];
    case 'class':
      return [choice(end.address_class)];
    case 'ip':
    case 'port':
    case 'name':
    case 'workload':
    case 'process':
    case 'pid':
    case 'user':
    case 'container':
    case 'pod':
    case 'namespace':
    case 'unit':
    case 'domain':
    case 'netns':
      return [end[field]];
    default:
      return [];
  }
}

function recordValues(field: string, record: WirelightRecord): Actual[] {
  const sides = (side: string) =>
    side === 'both' ? ['choice both', 'choice client', 'choice server'] : [choice(side)];
  switch (field) {
    case 'type':
      return [choice(record.type)];
    case 'verdict':
      return [choice(record.verdict)];
    case 'transport':
      return [choice(record.transport)];
    case 'protocol':
      return [record.protocol, record.transport];
    case 'connection':
      return [record.connection];
    case 'side':
      return sides(record.side);
  }
  if (record.type === 'request') {
    const error = !['ok', 'unset'].includes(record.outcome) ? ['choice error'] : [];
    const failure = failures.includes(record.outcome) ? ['choice failure'] : [];
    switch (field) {
      case 'method':
      case 'operation':
      case 'authority':
        return [record[field]];
      case 'path':
      case 'target':
        return [record.target, record.resource];
      case 'status': {
        const outcomes = [
          record.outcome,
          ...(error.length > 0 ? ['error'] : []),
          ...(failure.length > 0 ? ['failure'] : []),
        ];
        return [record.status, record.status_text, ...outcomes];
      }
      case 'outcome':
        return [choice(record.outcome), ...error, ...failure];
      case 'is':
        return [...record.flags.map(choice), ...error, ...failure];
      case 'latency':
        return [record.latency_ns];
      case 'waited':
        return [record.waited_ns];
      case 'worked':
        return [record.worked_ns];
      case 'sent':
        return [record.sent_ns];
      case 'bytes':
        return [record.request_bytes + record.response_bytes];
      case 'request.bytes':
        return [record.request_bytes];
      case 'response.bytes':
        return [record.response_bytes];
      case 'trace':
        return [record.trace_id];
      case 'correlation':
        return [record.correlation_id];
      case 'agent':
      case 'content_type':
        return [String(record.attributes[field])];
    }
  } else if (record.type === 'connection') {
    const sum = (a: number | null, b: number | null) => (a === null || b === null ? null : a + b);
    const failed = record.verdict === 'failed';
    switch (field) {
      case 'reason':
        return [record.error];
      case 'change':
        return [choice(record.change)];
      case 'end':
        return [choice(record.state)];
      case 'duration':
        return [record.duration_ns];
      case 'rtt':
        return [record.rtt_ns];
      case 'bytes':
        return [sum(record.source_bytes, record.destination_bytes)];
      case 'retransmits':
        return [sum(record.source_retransmits, record.destination_retransmits)];
      case 'is':
        return failed ? ['choice error', 'choice failure'] : [];
    }
  } else {
    const bad = record.verdict === 'failed' || record.verdict === 'dropped';
    switch (field) {
      case 'event':
      case 'reason':
      case 'tcp_state':
      case 'bytes':
        return [record[field]];
      case 'is':
        return bad ? ['choice error', 'choice failure'] : [];
    }
  }
  return [];
}
