/**
 * A reader of Python pickles (https://github.com/python/cpython/blob/main/Lib/pickletools.py) that executes nothing. A
 * pickle is a program for a stack machine that may name and call any Python function. This reader knows the operations
 * that plain data and PyTorch's state_dicts are made of, calls only what the caller hands it, and refuses every other
 * name.
 */
import { type FnsError, failure } from '../core/errors.js';
import { OP, PickleInput } from './pickle-input.js';

/** The parts of Python that a pickle may use beyond plain data. */
export interface PickleOptions {
  /** The name of the file in errors. */
  label: string;
  /**
   * Python objects by `module.name` that may occur: a function here stands for something that Python would call, and
   * gets the arguments; anything else stands for itself.
   */
  globals: ReadonlyMap<string, unknown>;
  /** Finds the value of a persistent id (data kept outside the pickle). Refused by default. */
  persistent?: (id: unknown) => unknown;
}

/** Far beyond any state_dict, whose pickles take about 40 operations a tensor. */
const MOST_OPERATIONS = 200_000;
const MOST_ARGUMENTS = 16;

/** The mark that the operation MARK leaves on the stack. */
const MARK = Symbol('mark');

/**
 * Reads one pickle that starts at `start`. Lists and tuples become arrays, dicts become Maps, None null, byte strings
 * Uint8Arrays.
 *
 * @returns the value, and where the pickle ends
 * @throws FnsError for a pickle that is damaged, needs a name that is not in `globals` (naming it), or an operation
 * beyond plain data.
 */
export function readPickle(
  bytes: Uint8Array,
  start: number,
  { label, globals, persistent }: PickleOptions,
): { value: unknown; end: number } {
  const bad = (what: string): FnsError => failure(`${label}: damaged or no state_dict: ${what}`);
  const input = new PickleInput(bytes, start, bad);
  const stack: unknown[] = [];
  const memo = new Map<number, unknown>();
  let operations = 0;
  const spend = (count: number) => {
    operations += count;
    if (operations > MOST_OPERATIONS) throw bad(`its pickle takes more than ${MOST_OPERATIONS} operations`);
  };

  const pop = (): unknown => {
    if (stack.length === 0) throw bad('its pickle takes from an empty stack');
    const value = stack.pop();
    if (value === MARK) throw bad('its pickle takes a mark for a value');
    return value;
  };
  const top = (): unknown => {
    const value = stack.at(-1);
    if (value === undefined || value === MARK) throw bad('its pickle takes from an empty stack');
    return value;
  };
  const popToMark = (): unknown[] => {
    const at = stack.lastIndexOf(MARK);
    if (at < 0) throw bad('its pickle has no mark where one is needed');
    const values = stack.splice(at);
    return values.slice(1);
  };
  const popMany = (count: number): unknown[] => Array.from({ length: count }, pop).reverse();
  const put = (map: unknown, pairs: unknown[]) => {
    if (!(map instanceof Map) || pairs.length % 2 !== 0)
      throw bad('its pickle sets items of what is no dict');
    for (let i = 0; i < pairs.length; i += 2) map.set(pairs[i], pairs[i + 1]);
  };
  const append = (list: unknown, values: unknown[]) => {
    if (!Array.isArray(list)) throw bad('its pickle appends to what is no list');
    for (const value of values) list.push(value);
  };
  const remembered = (index: number): unknown => {
    if (!memo.has(index)) throw bad(`its pickle recalls object ${index}, which is not there`);
    return memo.get(index);
  };
  const named = (module: unknown, name: unknown): unknown => {
    if (typeof module !== 'string' || typeof name !== 'string')
      throw bad('its pickle names an object by no text');
    const full = `${module}.${name}`;
    if (!globals.has(full)) throw refused(label, full);
    return globals.get(full);
  };
  const call = (callee: unknown, args: unknown): unknown => {
    if (typeof callee !== 'function' || !Array.isArray(args) || args.length > MOST_ARGUMENTS)
      throw bad('its pickle calls what is no function');
    // What is called may copy a long list; a pickle must not have that done a thousand times.
    for (const arg of args) if (Array.isArray(arg)) spend(arg.length);
    return callee(...args);
  };

  for (;;) {
    spend(1);
    const operation = input.byte();
    switch (operation) {
      case OP.PROTO: {
        const version = input.byte();
        if (version > 5) throw bad(`its pickle has the unknown protocol ${version}`);
        break;
      }
      case OP.FRAME: // A length that only helps reading ahead.
        input.take(8);
        break;
      case OP.STOP:
        return { value: pop(), end: input.position };
      case OP.MARK:
        stack.push(MARK);
        break;
      case OP.NONE:
        stack.push(null);
        break;
      case OP.NEWTRUE:
        stack.push(true);
        break;
      case OP.NEWFALSE:
        stack.push(false);
        break;
      case OP.BININT1:
        stack.push(input.byte());
        break;
      case OP.BININT2:
        stack.push(input.number(2));
        break;
      case OP.BININT:
        stack.push(input.number(4) | 0);
        break;
      case OP.LONG1:
        stack.push(input.long(input.byte()));
        break;
      case OP.BINFLOAT:
        stack.push(input.double());
        break;
      case OP.SHORT_BINUNICODE:
        stack.push(input.text(input.byte()));
        break;
      case OP.BINUNICODE:
        stack.push(input.text(input.number(4)));
        break;
      case OP.SHORT_BINSTRING: // Python 2's str.
        stack.push(input.text(input.byte()));
        break;
      case OP.BINSTRING:
        stack.push(input.text(input.number(4)));
        break;
      case OP.SHORT_BINBYTES:
        stack.push(input.take(input.byte()));
        break;
      case OP.BINBYTES:
        stack.push(input.take(input.number(4)));
        break;
      case OP.EMPTY_TUPLE:
      case OP.EMPTY_LIST:
        stack.push([]);
        break;
      case OP.EMPTY_DICT:
        stack.push(new Map());
        break;
      case OP.TUPLE1:
      case OP.TUPLE2:
      case OP.TUPLE3:
        stack.push(popMany(operation - OP.TUPLE1 + 1));
        break;
      case OP.TUPLE:
      case OP.LIST:
        stack.push(popToMark());
        break;
      case OP.DICT: {
        const map = new Map();
        put(map, popToMark());
        stack.push(map);
        break;
      }
      case OP.APPEND: {
        const value = pop();
        append(top(), [value]);
        break;
      }
      case OP.APPENDS: {
        const values = popToMark();
        append(top(), values);
        break;
      }
      case OP.SETITEM: {
        const pair = popMany(2);
        put(top(), pair);
        break;
      }
      case OP.SETITEMS: {
        const pairs = popToMark();
        put(top(), pairs);
        break;
      }
      case OP.BINPUT:
        memo.set(input.byte(), top());
        break;
      case OP.LONG_BINPUT:
        memo.set(input.number(4), top());
        break;
      case OP.MEMOIZE:
        memo.set(memo.size, top());
        break;
      case OP.BINGET:
        stack.push(remembered(input.byte()));
        break;
      case OP.LONG_BINGET:
        stack.push(remembered(input.number(4)));
        break;
      case OP.GLOBAL:
        stack.push(named(input.line(), input.line()));
        break;
      case OP.STACK_GLOBAL: {
        const [module, name] = popMany(2);
        stack.push(named(module, name));
        break;
      }
      case OP.INST: // Names an object and calls it at once.
        throw refused(label, `${input.line()}.${input.line()}`);
      case OP.REDUCE: {
        const args = pop();
        stack.push(call(pop(), args));
        break;
      }
      case OP.BINPERSID:
        if (!persistent) throw bad('its pickle refers to data that is kept elsewhere');
        stack.push(persistent(pop()));
        break;
      case OP.BUILD: {
        // Gives an object its attributes. An OrderedDict's (`_metadata`) do not matter; other objects have none here.
        const state = pop();
        if (!(top() instanceof Map) || !(state instanceof Map))
          throw bad('its pickle builds what is no ordered dict');
        break;
      }
      default:
        throw bad(
          `its pickle has the operation 0x${operation.toString(16).padStart(2, '0')}, which plain data does not need`,
        );
    }
  }
}

function refused(label: string, name: string): FnsError {
  // A name may hold anything; the error stays one short line.
  const plain = name.replace(/[^\x21-\x7e]/g, '?').slice(0, 100);
  return failure(
    `${label}: refused: its pickle wants the Python object ${plain}, which a state_dict does not need (save model.state_dict(), not the model)`,
  );
}
