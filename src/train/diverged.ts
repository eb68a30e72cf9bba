import { FnsError } from '../core/errors.js';

/** The error of a training of which some number is not finite any more. */
export class TrainingDiverged extends FnsError {
  /** Steps done when it was found. */
  readonly step: number;
  /** The loss or the parameter. */
  readonly where: string;

  constructor(step: number, where: string) {
    super(
      `training diverged at step ${step}: ${where} is not a finite number; a smaller learning rate or smaller weights help`,
      'failure',
    );
    this.step = step;
    this.where = where;
  }
}
