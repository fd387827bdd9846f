// Label providers that break exactly one promise each, made out of a sound one, to show that the contract suite notices.

import { asPipelineError, PipelineError } from '../../core/errors.ts';
import type {
  Context,
  ErrorReport,
  Fetch,
  LabelAnswer,
  LabelBatches,
  LabelOutcome,
  LabelProvider,
  LabelRequest,
} from '../../core/types.ts';
import type { LabelPromise } from './label-provider.ts';

export interface BrokenLabelProvider {
  /** What is wrong with it. */
  readonly name: string;
  readonly breaks: LabelPromise;
  /** Made from a sound provider. */
  readonly from: (sound: LabelProvider) => LabelProvider;
}

/** Does `otherwise` where the sound provider fails. */
const onError = (
  sound: LabelProvider,
  otherwise: (error: PipelineError, pack: readonly LabelRequest[], context: Context) => Promise<LabelAnswer>,
): LabelProvider => ({
  ...sound,
  label: (pack, context) =>
    sound.label(pack, context).catch((thrown: unknown) => otherwise(asPipelineError(thrown), pack, context)),
});

const withAnswer = (sound: LabelProvider, change: (answer: LabelAnswer) => LabelAnswer): LabelProvider => ({
  ...sound,
  label: async (pack, context) => change(await sound.label(pack, context)),
});

const answerOf = (outcomes: readonly LabelOutcome[], sound: LabelProvider): LabelAnswer => ({
  outcomes,
  model: sound.model,
  tokensIn: 0,
  tokensOut: 0,
  tokensCached: 0,
  costUsd: 0,
});

const neutral = ({ id }: LabelRequest): LabelOutcome => ({
  id,
  status: 'labelled',
  label: {
    label: 'neutral',
    score: 0,
    confidence: 0.5,
    topics: [],
    urgency: null,
    intent: null,
    summary: null,
  },
});

const failed = ({ id }: LabelRequest): LabelOutcome => ({ id, status: 'failed', reason: 'trouble' });

/** The error with other details. */
const changed = (
  { kind, code, message, hint, status, retryAfterMs }: PipelineError,
  changes: {
    readonly kind?: PipelineError['kind'];
    readonly message?: string;
    readonly mute?: 'wait' | 'hint';
  },
): PipelineError =>
  new PipelineError(changes.kind ?? kind, code, changes.message ?? message, {
    ...(hint === undefined || changes.mute === 'hint' ? {} : { hint }),
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined || changes.mute === 'wait' ? {} : { retryAfterMs }),
  });

const rethrow =
  (change: (error: PipelineError, pack: readonly LabelRequest[]) => PipelineError) =>
  (sound: LabelProvider): LabelProvider =>
    onError(sound, async (error, pack) => {
      throw change(error, pack);
    });

/** Looks at what the vendor answered before the sound provider does. */
const readingFirst = (context: Context, look: (text: string) => void): Context => {
  const fetch: Fetch = async (request) => {
    const response = await context.fetch(request);
    look(response.text);
    return response;
  };
  return { ...context, fetch };
};

const withBatches = (
  sound: LabelProvider,
  change: (batches: LabelBatches) => Partial<LabelBatches>,
): LabelProvider =>
  sound.batches === undefined ? sound : { ...sound, batches: { ...sound.batches, ...change(sound.batches) } };

type Answers = ReadonlyMap<string, LabelAnswer | ErrorReport>;

const withCollected = (
  sound: LabelProvider,
  change: (answers: Answers, packs: ReadonlyMap<string, readonly LabelRequest[]>) => Answers,
): LabelProvider =>
  withBatches(sound, (batches) => ({
    async collect(id, packs, context) {
      const answers = await batches.collect(id, packs, context);
      return answers && change(answers, packs);
    },
  }));

const isReport = (one: LabelAnswer | ErrorReport): one is ErrorReport => 'kind' in one;

export const BROKEN_LABEL_PROVIDERS: readonly BrokenLabelProvider[] = [
  {
    name: 'gives each text the label of its neighbour',
    breaks: 'each text gets its own label, from the model that is named',
    from: (sound) =>
      withAnswer(sound, (answer) => ({
        ...answer,
        outcomes: answer.outcomes.map((outcome, i) => ({
          ...(answer.outcomes.at(i - 1) ?? outcome),
          id: outcome.id,
        })),
      })),
  },
  {
    name: 'books what it had estimated',
    breaks: 'what it says it cost is what the vendor bills, and less than was set aside',
    from: (sound) => ({
      ...sound,
      label: async (pack, context) => ({
        ...(await sound.label(pack, context)),
        costUsd: sound.estimateUsd(pack),
      }),
    }),
  },
  {
    name: 'sets too little aside',
    breaks: 'what it says it cost is what the vendor bills, and less than was set aside',
    from: (sound) => ({ ...sound, estimateUsd: (pack) => sound.estimateUsd(pack) / 1000 }),
  },
  {
    name: 'keeps quiet about what a useless answer cost',
    breaks: 'an answer that cannot be used has an error that says what was billed for it',
    from: rethrow((error) => changed(error, {})),
  },
  {
    name: 'cannot read an answer with a sentence before it',
    breaks: 'an answer that says all is read, whatever stands around it and in whatever order',
    from: (sound) => ({
      ...sound,
      label: (pack, context) =>
        sound.label(
          pack,
          readingFirst(context, (text) => {
            if (text.includes('بالتأكيد')) throw new PipelineError('data', 'label.unreadable', 'No JSON.');
          }),
        ),
    }),
  },
  {
    name: 'takes a failed answer for a neutral one',
    breaks: 'an answer with wrong ids, labels or numbers, or none at all, gives no label',
    from: (sound) =>
      onError(sound, async (error, pack) => {
        if (error.kind !== 'data') throw error;
        return answerOf(pack.map(neutral), sound);
      }),
  },
  {
    name: 'calls wrong ids an outage',
    breaks: 'an answer with wrong ids, labels or numbers, or none at all, gives no label',
    from: rethrow((error) =>
      error.code === 'label.wrong_ids' ? changed(error, { kind: 'transient' }) : error,
    ),
  },
  {
    name: 'keeps what it can of an answer that was cut',
    breaks: 'an answer that was cut gives no label, though the first ones can be read',
    from: (sound) =>
      onError(sound, async (error, pack) => {
        if (error.code !== 'label.truncated') throw error;
        return answerOf(
          pack.map((text, i) => (i === 0 ? neutral(text) : failed(text))),
          sound,
        );
      }),
  },
  {
    name: 'calls a whole pack refused',
    breaks: 'what is declined is an error of a pack, so that it is halved, and the outcome of a text alone',
    from: (sound) =>
      onError(sound, async (error, pack) => {
        if (error.code !== 'label.refused') throw error;
        return answerOf(
          pack.map(({ id }) => ({ id, status: 'refused', reason: 'refusal' })),
          sound,
        );
      }),
  },
  {
    name: 'has no outcome for a text that stays unread',
    breaks: 'whatever the model does and however often, each text ends with its own label or a reason',
    from: (sound) =>
      onError(sound, async (error, pack) => {
        if (error.kind !== 'data' || pack.length > 1) throw error;
        return answerOf([], sound);
      }),
  },
  {
    name: 'calls one text neutral that stays unread',
    breaks: 'whatever the model does and however often, each text ends with its own label or a reason',
    from: (sound) =>
      onError(sound, async (error, pack) => {
        if (error.kind !== 'data' || pack.length > 1) throw error;
        return answerOf(pack.map(neutral), sound);
      }),
  },
  {
    name: 'tries again by itself',
    breaks: 'trouble that passes is transient, after one request',
    from: (sound) =>
      onError(sound, async (error, pack, context) => {
        if (error.kind !== 'transient') throw error;
        return await sound.label(pack, context);
      }),
  },
  {
    name: 'calls an outage a fault of the texts',
    breaks: 'trouble that passes is transient, after one request',
    from: rethrow((error) => (error.kind === 'transient' ? changed(error, { kind: 'data' }) : error)),
  },
  {
    name: 'forgets how long to wait',
    breaks: 'the wait that the vendor asks for is told, to the second',
    from: rethrow((error) => changed(error, { mute: 'wait' })),
  },
  {
    name: 'clamps a long wait to a quarter of an hour',
    breaks: 'the wait that the vendor asks for is told, to the second',
    from: rethrow((error) =>
      (error.retryAfterMs ?? 0) > 900_000
        ? new PipelineError(error.kind, error.code, error.message, { status: 429, retryAfterMs: 900_000 })
        : error,
    ),
  },
  {
    name: 'waits for money',
    breaks: 'money and keys are for the operator: told with a hint, after one request',
    from: rethrow((error) =>
      error.code === 'label.no_money' ? changed(error, { kind: 'transient' }) : error,
    ),
  },
  {
    name: 'leaves the operator alone with it',
    breaks: 'money and keys are for the operator: told with a hint, after one request',
    from: rethrow((error) => changed(error, { mute: 'hint' })),
  },
  {
    name: 'takes an interruption for an outcome',
    breaks: 'a server that never answers is given up, and an interruption ends at once',
    from: (sound) =>
      onError(sound, async (error, pack) => {
        if (error.code !== 'run.interrupted') throw error;
        return answerOf(pack.map(failed), sound);
      }),
  },
  {
    name: 'quotes the text that it could not label',
    breaks: 'no error and no log line holds a customer’s words or the key',
    from: rethrow((error, [first]) => changed(error, { message: `${error.message} ${first?.text}` })),
  },
  {
    name: 'logs what it asks',
    breaks: 'no error and no log line holds a customer’s words or the key',
    from: (sound) => ({
      ...sound,
      label: (pack, context) => {
        context.log.debug('label.asked', { text: pack[0]?.text });
        return sound.label(pack, context);
      },
    }),
  },
  {
    name: 'books the live price for a batch',
    breaks:
      'packs come back under their names, with their own labels, for the share of the price that is promised',
    from: (sound) =>
      withCollected(
        sound,
        (answers) =>
          new Map(
            [...answers].map(([name, answer]) => [
              name,
              isReport(answer)
                ? answer
                : { ...answer, costUsd: answer.costUsd / (sound.batches?.priceShare ?? 1) },
            ]),
          ),
      ),
  },
  {
    name: 'takes results in the order of the packs',
    breaks:
      'packs come back under their names, with their own labels, for the share of the price that is promised',
    from: (sound) =>
      withCollected(sound, (answers) => {
        const shifted = [...answers.values()];
        return new Map([...answers.keys()].map((name, i) => [name, shifted.at(i - 1) ?? FORGOTTEN]));
      }),
  },
  {
    name: 'has an empty result while the batch is worked on',
    breaks: 'a batch that is worked on has no answers yet, and one that ended has the same for ever',
    from: (sound) =>
      withBatches(sound, (batches) => ({
        collect: async (...args) => (await batches.collect(...args)) ?? new Map(),
      })),
  },
  {
    name: 'adopts the first batch that is listed',
    breaks: 'a batch whose making was never confirmed is found by its intent, among all others',
    from: (sound) => {
      let newest: string | undefined;
      return withBatches(sound, (batches) => ({
        async submit(...args) {
          newest = await batches.submit(...args);
          return newest;
        },
        find: async () => newest,
      }));
    },
  },
  {
    name: 'finds nothing after a crash',
    breaks: 'a batch whose making was never confirmed is found by its intent, among all others',
    from: (sound) => withBatches(sound, () => ({ find: async () => undefined })),
  },
  {
    name: 'leaves out the packs that failed',
    breaks: 'each pack of a batch that ends badly has its own labels or its own error, and none is missing',
    from: (sound) =>
      withCollected(sound, (answers) => new Map([...answers].filter(([, answer]) => !isReport(answer)))),
  },
  {
    name: 'calls the packs that failed neutral',
    breaks: 'each pack of a batch that ends badly has its own labels or its own error, and none is missing',
    from: (sound) =>
      withCollected(
        sound,
        (answers, packs) =>
          new Map(
            [...answers].map(([name, answer]) => [
              name,
              isReport(answer) ? answerOf((packs.get(name) ?? []).map(neutral), sound) : answer,
            ]),
          ),
      ),
  },
  {
    name: 'calls every error of a batch an outage',
    breaks: 'an answer in a batch is judged like a live one, and spoils no other',
    from: (sound) =>
      withCollected(
        sound,
        (answers) =>
          new Map(
            [...answers].map(([name, answer]) => [
              name,
              isReport(answer) ? { ...answer, kind: 'transient' } : answer,
            ]),
          ),
      ),
  },
  {
    name: 'has no outcome for a text that was declined in a batch',
    breaks: 'a text alone that is declined in a batch has that as its outcome',
    from: (sound) =>
      withCollected(
        sound,
        (answers) =>
          new Map(
            [...answers].map(([name, answer]) => [
              name,
              !isReport(answer) && answer.outcomes.some(({ status }) => status === 'refused')
                ? FORGOTTEN
                : answer,
            ]),
          ),
      ),
  },
  {
    name: 'takes results that are not there yet for lost ones',
    breaks: 'trouble on the way to a batch is classified as it is live, and passes',
    from: (sound) =>
      withBatches(sound, (batches) => ({
        collect: (id, packs, context) =>
          batches
            .collect(id, packs, context)
            .catch(() => new Map([...packs.keys()].map((name) => [name, FORGOTTEN]))),
      })),
  },
];

const FORGOTTEN: ErrorReport = { kind: 'data', code: 'label.lost', message: 'Gone.', hint: null };
