import type { Attacked } from './attacked.ts';
import { type CheckOutcome, tally, wordsOf } from './outcome-of.ts';
import type { Random } from './random.ts';
import { createPipeline, getRequest } from './raw-http.ts';

const atOnce = 200;

/** Wrong ones of every form that the port takes, near misses among them. */
function guess(random: Random, token: string): string {
  switch (random.number(6)) {
    case 0:
      return `cr_k_${random.text(43)}`;
    case 1:
      return `cr_d_${random.text(43)}`;
    case 2:
      return `pair.${random.text(8).toUpperCase()}`;
    case 3:
      return `eyJhbGciOiJIUzI1NiJ9.${random.text(40)}.${random.text(43)}`;
    case 4: {
      const place = random.number(token.length);
      return `${token.slice(0, place)}#${token.slice(place + 1)}`;
    }
    default:
      return random.text(32);
  }
}

/** D3: guesses from some addresses, while the real user works from another. */
export async function guesses(
  attacked: Attacked,
  random: Random,
  input: { addresses: string[]; each: number },
): Promise<CheckOutcome> {
  // Something to be found, so that every kind of guess is compared with something.
  await attacked.api.access.keys.create({ name: 'to be guessed', permissions: ['*'] });
  await attacked.api.access.devices.pair({ access: 'admin' });
  const good = attacked.goodClient();
  const wrong: string[] = [];
  const all: number[] = [];
  await Promise.all(
    input.addresses.map(async (localAddress) => {
      const pipeline = createPipeline({ port: attacked.port, localAddress });
      const statuses: number[] = [];
      while (statuses.length < input.each) {
        const requests = Array.from({ length: Math.min(atOnce, input.each - statuses.length) }, () =>
          getRequest('/api/workers', guess(random, attacked.token)),
        );
        const answered = await pipeline.send(requests);
        if (answered.length === 0) {
          wrong.push(`${localAddress}: the connection was closed after ${statuses.length} guesses`);
          break;
        }
        statuses.push(...answered);
      }
      pipeline.close();
      const counts = tally(statuses);
      if ((counts.get('401') ?? 0) > 10) wrong.push(`${localAddress}: ${counts.get('401')} guesses were looked at`);
      for (const status of counts.keys())
        if (status !== '401' && status !== '429') wrong.push(`${localAddress}: status ${status}`);
      for (const status of statuses) all.push(status);
    }),
  );
  const { asked, refused } = await good.end();
  if (refused.length > 0)
    wrong.push(`the real user elsewhere was refused ${refused.length} times of ${asked}: ${refused[0]}`);
  return {
    made: `${all.length} guesses from ${input.addresses.length} address${input.addresses.length === 1 ? '' : 'es'}`,
    seen: `${wordsOf(tally(all))}; the real user elsewhere: ${asked - refused.length} of ${asked} answered`,
    wrong,
  };
}
