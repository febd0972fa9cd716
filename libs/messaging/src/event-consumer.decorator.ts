import { applyDecorators, Catch, Controller, UseFilters, type ExceptionFilter } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';

/** Hands an error to the bus as it is. Nest's own filter would turn it into "Internal server error". */
@Catch()
export class RethrowFilter implements ExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/** Marks a class whose `@EventPattern` methods consume events. Without it the bus can't tell errors apart. */
export const EventConsumer = (): ClassDecorator =>
  applyDecorators(Controller(), UseFilters(new RethrowFilter()));
