/** Channels, people on Telegram and the assistant, in the page's words. */

import {
  api,
  type AssistantForm,
  type AssistantShown,
  type AssistantTested,
  type ChannelForm,
  type ChannelStateShown,
  type ChannelTested,
  type InvitationShown,
  type PersonShown,
  type Scope,
} from "./generated";

export type {
  AssistantShown as Assistant,
  ChannelForm,
  ChannelStateShown as Channel,
  InvitationShown as PairingCode,
  PersonShown as Person,
  Scope,
} from "./generated";

/** How a channel reaches people; secrets are masked when it is shown. */
export type Way = ChannelForm["way"];
export type WayKind = Way["kind"];
export type Provider = AssistantShown["provider"];

export async function getChannels(signal?: AbortSignal): Promise<ChannelStateShown[]> {
  return (await api.getChannels(signal)).channels;
}

export async function putChannel(name: string, form: ChannelForm): Promise<void> {
  await api.putChannelsChannel(name, form);
}

export async function removeChannel(name: string): Promise<void> {
  await api.deleteChannelsChannel(name);
}

/** Sends a line now. */
export function testChannel(name: string): Promise<ChannelTested> {
  return api.postChannelsChannelTest(name);
}

export function makePairingCode(minutes: number, scope: Scope): Promise<InvitationShown> {
  return api.postTelegramPairing({ minutes, scope });
}

export async function getPeople(signal?: AbortSignal): Promise<PersonShown[]> {
  return (await api.getTelegramPeople(signal)).people;
}

export async function forgetPerson(id: number): Promise<void> {
  await api.deleteTelegramPeoplePerson(String(id));
}

export function getAssistant(signal?: AbortSignal): Promise<AssistantShown> {
  return api.getSettingsLlm(signal);
}

/** A key that is left out stays as it was. */
export function putAssistant(form: AssistantForm): Promise<AssistantShown> {
  return api.putSettingsLlm(form);
}

export function testAssistant(): Promise<AssistantTested> {
  return api.postSettingsLlmTest();
}
