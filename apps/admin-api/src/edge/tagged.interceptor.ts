import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import type { ApiResponse } from './request.js';

/** An answer with the revision of the stream it was read from, which becomes its ETag. */
export class Tagged<Body> {
  constructor(
    readonly body: Body,
    readonly revision: bigint | 'no_stream',
  ) {}
}

/** Turns the revision of a `Tagged` answer into the ETag header. */
export class TaggedInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      map((value: unknown) => {
        if (!(value instanceof Tagged)) return value;
        const response = context.switchToHttp().getResponse<ApiResponse>();
        response.setHeader('ETag', `"${value.revision}"`);
        return value.body as unknown;
      }),
    );
  }
}
