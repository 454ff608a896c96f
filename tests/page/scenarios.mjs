// What people do on the page. Each scenario fails by throwing.

import keys from './scenarios/keys.mjs';
import looks from './scenarios/looks.mjs';
import query from './scenarios/query.mjs';
import speed from './scenarios/speed.mjs';
import status from './scenarios/status.mjs';

export const scenarios = { ...query, ...status, ...looks, ...speed, ...keys };
