import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { CodedError } from '#libs/kernel';

const PROBLEMS_MAX = 50;

type Issue = Readonly<{
  message: string;
  path?: readonly (PropertyKey | Readonly<{ key: PropertyKey }>)[] | undefined;
}>;

const pathOf = ({ path }: Issue): string =>
  (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');

/** Checks a body or query against the schema of its parameter: INPUT_INVALID names every problem at once. */
export class BodyPipe implements PipeTransform {
  async transform(value: unknown, { schema }: ArgumentMetadata) {
    if (schema === undefined) return value;
    const result = await schema['~standard'].validate(value ?? {});
    if (result.issues === undefined) return result.value;
    const problems = result.issues
      .slice(0, PROBLEMS_MAX)
      .map((issue) => [pathOf(issue), issue.message].filter((part) => part !== '').join(': '));
    throw new CodedError('INPUT_INVALID', `${problems.join('; ')}.`, {
      context: { problems: result.issues.length },
    });
  }
}
