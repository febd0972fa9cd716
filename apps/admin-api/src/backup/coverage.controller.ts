import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  coverageAnswer,
  fileAnswer,
  type CoverageAnswer,
  type FileAnswer,
} from '../answers/backup.answers.js';
import { Described } from '../described.decorator.js';
import { From, type Caller } from '../edge/request.js';
import { CoverageHandler } from './coverage.handler.js';

@ApiTags('backup')
@Controller('consortia/:c/environments/:e/backup')
export class CoverageController {
  constructor(private readonly coverages: CoverageHandler) {}

  @Get('coverage')
  @Described('Which file covers which blocks, and how far each target has got.', [200, coverageAnswer])
  coverage(@Param('c') c: string, @Param('e') e: string, @From() caller: Caller): Promise<CoverageAnswer> {
    return this.coverages.get({ c, e }, caller);
  }

  @Get('files/:ordinal')
  @Described('Returns a file of the history: digest, certificate, source.', [200, fileAnswer])
  file(
    @Param() { c, e, ordinal }: Readonly<Record<'c' | 'e' | 'ordinal', string>>,
    @From() caller: Caller,
  ): Promise<FileAnswer> {
    return this.coverages.file({ c, e }, Number(ordinal), caller);
  }
}
