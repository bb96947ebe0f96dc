import { access } from "./en/access";
import { alerts } from "./en/alerts";
import { anomalies } from "./en/anomalies";
import { chat } from "./en/chat";
import { common } from "./en/common";
import { decisions } from "./en/decisions";
import { device } from "./en/device";
import { devices } from "./en/devices";
import { events } from "./en/events";
import { insight } from "./en/insight";
import { models } from "./en/models";
import { orders } from "./en/orders";
import { outward } from "./en/outward";
import { places } from "./en/places";
import { plants } from "./en/plants";
import { rules } from "./en/rules";
import { sound } from "./en/sound";
import { system } from "./en/system";
import { values } from "./en/values";

/** Every text of the page, in English, a file for each part of it. Another language is another folder of this shape. */
export const en = {
  ...access,
  ...alerts,
  ...anomalies,
  ...chat,
  ...common,
  ...decisions,
  ...device,
  ...devices,
  ...events,
  ...insight,
  ...models,
  ...orders,
  ...outward,
  ...places,
  ...plants,
  ...rules,
  ...sound,
  ...system,
  ...values,
};
