import { access } from "./en/access";
import { common } from "./en/common";
import { device } from "./en/device";
import { devices } from "./en/devices";
import { events } from "./en/events";
import { orders } from "./en/orders";
import { places } from "./en/places";
import { plants } from "./en/plants";
import { system } from "./en/system";
import { values } from "./en/values";

/** Every text of the page, in English, a file for each part of it. Another language is another folder of this shape. */
export const en = {
  ...access,
  ...common,
  ...device,
  ...devices,
  ...events,
  ...orders,
  ...places,
  ...plants,
  ...system,
  ...values,
};
