import { LineCounter, parseDocument, isMap, isNode, isScalar, visit, type Document } from 'yaml';
import { CodedError } from '#libs/kernel';

export type Path = readonly (string | number)[];

const pathText = (path: Path): string =>
  path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );

type Problem = Readonly<{ line: number; column: number; text: string }>;

/** A YAML text with the place of everything in it, and what is wrong with it so far. */
export class FileText {
  private readonly lines = new LineCounter();
  private readonly document: Document;
  private readonly problems: Problem[] = [];
  /** Texts with an unset variable: what else is wrong with them follows from that. */
  private readonly unset = new WeakSet<object>();

  constructor(
    readonly file: string,
    text: string,
  ) {
    this.document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false });
    for (const { message, pos } of this.document.errors) this.add(pos[0], `${message}. Correct the YAML.`);
  }

  /** Puts variables in the place of `${NAME}` in every text; an unset one is a problem. */
  interpolate(env: Readonly<Record<string, string | undefined>>): void {
    visit(this.document, {
      Scalar: (key, node) => {
        if (key === 'key' || typeof node.value !== 'string') return;
        node.value = node.value.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_whole, name: string) => {
          const value = env[name];
          if (value !== undefined) return value;
          this.unset.add(node);
          this.add(node.range?.[0] ?? 0, `The variable ${name} is not set. Set ${name} in the environment.`);
          return 'unset';
        });
      },
    });
  }

  /** The content as plain values; `undefined`, and a problem, when it cannot be unfolded (too many aliases). */
  toValue(): unknown {
    try {
      return this.document.toJS() as unknown;
    } catch (error) {
      this.add(
        0,
        `${error instanceof Error ? error.message : 'It cannot be unfolded'}. Correct the aliases.`,
      );
      return undefined;
    }
  }

  /** Adds a problem at the place of `path`, or at the nearest thing around it that is there. */
  problem(path: Path, text: string): void {
    const node = this.document.getIn(path, true);
    if (typeof node === 'object' && node !== null && this.unset.has(node)) return;
    this.add(this.offsetOf(path), `${pathText(path) || 'file'}: ${text}`);
  }

  /** Throws CONFIG_INVALID with every problem, in the order of the lines, when there is one. */
  assertClean(): void {
    if (this.problems.length > 0) this.fail();
  }

  /** Throws CONFIG_INVALID with every problem. */
  fail(): never {
    const sorted = [...this.problems].sort((a, b) => a.line - b.line || a.column - b.column);
    const list = sorted.map(({ line, column, text }) => `${this.file}:${line}:${column}: ${text}`).join('\n');
    const count = sorted.length;
    throw new CodedError(
      'CONFIG_INVALID',
      `The network file has ${count} ${count === 1 ? 'problem' : 'problems'}:\n${list}`,
      { context: { file: this.file, problems: count } },
    );
  }

  private offsetOf(path: Path): number {
    for (let length = path.length; length > 0; length--) {
      const offset = this.keyOffset(path.slice(0, length)) ?? this.valueOffset(path.slice(0, length));
      if (offset !== undefined) return offset;
    }
    return this.document.contents?.range?.[0] ?? 0;
  }

  private keyOffset(path: Path): number | undefined {
    const parent = path.length === 1 ? this.document.contents : this.document.getIn(path.slice(0, -1), true);
    if (!isMap(parent)) return undefined;
    const name = String(path.at(-1));
    const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === name);
    return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
  }

  private valueOffset(path: Path): number | undefined {
    const node = this.document.getIn(path, true);
    return isNode(node) ? node.range?.[0] : undefined;
  }

  private add(offset: number, text: string): void {
    const { line, col } = this.lines.linePos(offset);
    this.problems.push({ line, column: col, text });
  }
}
