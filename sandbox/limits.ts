// Rate limits as vendors keep them: one bucket for the account, one for each family of endpoints, both refilled at once after a period.

export interface BucketPlan {
  readonly name: string;
  readonly total: number;
  readonly periodSeconds: number;
  /** What this request takes out of the bucket; 0 only looks. Default 1. */
  readonly cost?: number;
}

export interface BucketState extends BucketPlan {
  readonly remaining: number;
  /** Whole seconds until the bucket is full again, at least 1. */
  readonly resetSeconds: number;
  /** False when this request was one too many. */
  readonly granted: boolean;
}

export interface Limits {
  /** Takes from each named bucket; a refused request takes from none of the buckets after the one that refused. */
  take(plans: readonly BucketPlan[]): readonly BucketState[];
}

/** A period starts with the first request after the one before has ended. */
export function createLimits(monotonicMs: () => number): Limits {
  const windows = new Map<string, { startedMs: number; used: number }>();
  return {
    take(plans) {
      const now = monotonicMs();
      const states: BucketState[] = [];
      let granted = true;
      for (const plan of plans) {
        const known = windows.get(plan.name);
        const window =
          known && now - known.startedMs < plan.periodSeconds * 1000 ? known : { startedMs: now, used: 0 };
        windows.set(plan.name, window);
        const cost = plan.cost ?? 1;
        const has = window.used + cost <= plan.total;
        if (granted && has) window.used += cost;
        granted &&= has;
        const leftMs = window.startedMs + plan.periodSeconds * 1000 - now;
        states.push({
          ...plan,
          remaining: plan.total - window.used,
          resetSeconds: Math.max(1, Math.ceil(leftMs / 1000)),
          granted: has,
        });
      }
      return states;
    },
  };
}
