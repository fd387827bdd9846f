// Loaded into the command before it starts, with --import: its clock goes as far ahead as the stand-in's was moved, so that what
// must settle at a vendor has settled for both. Only the date moves; what measures time does not.

const aheadMs = Number(process.env['AHEAD_MS'] ?? 0);
const Real = Date;
globalThis.Date = class extends Real {
  constructor(...given) {
    if (given.length === 0) super(Real.now() + aheadMs);
    else super(...given);
  }
  static now() {
    return Real.now() + aheadMs;
  }
};
