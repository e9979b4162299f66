/** From a request to what makes its variants: one of the four ways, by what the request holds. */
import { ToileError, type ResolvedRequest } from '../../../shared/index.js';
import { planLooks, type Looks } from '../looks.js';
import { decodePicture, type Source } from '../picture.js';
import type { Look } from '../preview.js';
import type { Drawing, Sampling } from '../sample.js';
import { drawReferences, encodeConditions, REFERENCE_SIDE, type Reference, type Studio } from '../studio.js';
import { prepareEdit } from './edit.js';
import { prepareImagine } from './imagine.js';
import { prepareMix } from './mix.js';
import { prepareVary } from './vary.js';

/** A finished variant. `x`, `y` place a patch on its base. */
export type Made = {
  source: Source;
  x: number;
  y: number;
  seed: number;
  /** What was drawn, where the request asked for nothing. */
  prompt?: string;
  /** By the estimators, 0-1. */
  relevance: number;
  fidelity: number;
  passes: number;
  /** Of an edit: pixels outside the mask that differ from the base. */
  changedOutside?: number;
};

export type Task = {
  variants: number;
  /** SMART passes of one variant, if nothing ends it early. */
  passes: number;
  /** Those of them after which there is something to look at; none if absent. */
  looks?: number;
  /** Nothing is left to chance, so that one is every variant. */
  alike?: true;
  /** Words of the prompt that are past what the model takes; absent where it takes all. */
  unheard?: string;
  /** Words of the prompt that the model has not learned; absent where there is no prompt, or nobody knows. */
  unfamiliar?: string[];
  /** Yields after every pass, so that others may have a turn; several may be under way. Its passes are drawn with `drawing`. */
  make(index: number, drawing: Drawing): AsyncGenerator<Look | void, Made>;
};

/** What the ways have in common. */
export type Brief = {
  request: ResolvedRequest;
  sampling: Sampling;
  references: Reference[];
  /** @throws ToileError `unknown_asset` */
  image: (asset: string) => Uint8Array;
};

/**
 * Reads the pictures that the request names and encodes its conditions.
 * @throws ToileError naming what is wrong with a picture, a mask or a region
 */
export async function prepareTask(
  studio: Studio,
  request: ResolvedRequest,
  images: Record<string, Uint8Array>,
): Promise<Task> {
  const image = (asset: string) => {
    const bytes = images[asset];
    if (!bytes) throw new ToileError('unknown_asset', `no asset '${asset}' came with the job`);
    return bytes;
  };
  const references = await Promise.all(
    (request.references ?? []).map(async (condition) => ({
      condition,
      picture: await decodePicture(image(condition.asset)),
    })),
  );
  const brief: Brief = { request, sampling: resolveSampling(request, studio), references, image };
  const { prompt = '' } = request;
  const unheard = studio.tokenizer.unheard(prompt);
  const whole = prompt.trimEnd();
  const heard = whole.slice(0, whole.length - unheard.length);
  const unfamiliar = heard === '' ? undefined : studio.vocabulary?.unfamiliar(heard);
  return {
    ...(await prepareOne(studio, brief)),
    ...(unheard === '' ? {} : { unheard }),
    ...(unfamiliar && { unfamiliar }),
  };
}

function prepareOne(studio: Studio, brief: Brief): Promise<Task> {
  const { base, vary, mix } = brief.request;
  if (base) return prepareEdit(studio, brief, base);
  if (vary) return prepareVary(studio, brief, vary);
  if (mix) return prepareMix(studio, brief, mix);
  return prepareImagine(studio, brief);
}

/** What the request leaves open, the bundle's defaults fill. */
function resolveSampling(request: ResolvedRequest, { model: { smart } }: Studio): Sampling {
  return {
    passes: request.passes ?? smart.passes,
    alpha: smart.alpha,
    beta: smart.beta,
    temperature: request.temperature ?? smart.temperature,
    guidance: request.guidance ?? smart.guidance,
    guidedShare: smart.guided_share,
    candidates: request.candidates ?? smart.candidates,
    choiceTemperature: smart.choice_temperature,
    marginalWeight: smart.marginal_weight,
    firstTemperatureShare: smart.first_temperature_share,
    finalTemperatureShare: smart.final_temperature_share,
    finalChoiceShare: smart.final_choice_share,
    polishShare: smart.polish_share,
    minP: smart.min_p,
    ...(request.patience === undefined ? {} : { patience: request.patience }),
  };
}

/** The conditions where there is no base to give references a scale: the whole of each is seen. */
export async function encodeWithoutBase(studio: Studio, { request, sampling, references }: Brief): Promise<Looks> {
  const { guidance, guidedShare } = sampling;
  const drawn = drawReferences(references, ({ picture, condition }) => {
    const { width, height } = condition.region ?? picture;
    const whole = REFERENCE_SIDE / Math.max(width, height);
    // a swatch that repeats fills the canvas by itself; one that doesn't is drawn large
    return (condition.repeat ?? 'none') === 'none' ? whole : Math.min(1, whole);
  });
  const given = { prompt: request.prompt, references: drawn, compared: guidance > 0 && guidedShare > 0 };
  return planLooks(await encodeConditions(studio, given), { guidance, guidedShare });
}
