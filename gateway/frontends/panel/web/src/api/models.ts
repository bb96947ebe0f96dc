/** The models that decide and listen, in the page's words. */

import { api, type ModelShown, type SignerBody, type SignerShown, type VerifyShown } from "./generated";

export type {
  ModelShown as Model,
  SignerBody as Key,
  SignerShown as Signer,
  VerifyShown as Verified,
  VersionShown as ModelVersion,
} from "./generated";

export async function getModels(signal?: AbortSignal): Promise<ModelShown[]> {
  return (await api.getModels(signal)).models;
}

/** What the active version is for, how it was measured and where its limits are. */
export async function getCard(name: string, signal?: AbortSignal): Promise<string> {
  return (await api.getModelsModel(name, signal)).card;
}

/** Tried and put on the shelf, beside the active one; refused in the gateway's words. */
export function installModel(name: string, file: File): Promise<ModelShown> {
  return api.postModelsModelInstall(name, file);
}

export async function promoteModel(name: string, version: number): Promise<void> {
  await api.postModelsModelPromote(name, { version });
}

export async function rollBackModel(name: string): Promise<void> {
  await api.postModelsModelRollback(name);
}

export function verifyModel(name: string): Promise<VerifyShown> {
  return api.postModelsModelVerify(name);
}

/** Whose signature on a model counts. */
export async function getSigners(signal?: AbortSignal): Promise<SignerShown[]> {
  return (await api.getSigners(signal)).signers;
}

export async function trustSigner(signer: SignerBody): Promise<void> {
  await api.postSigners(signer);
}

export async function distrustSigner(name: string): Promise<void> {
  await api.deleteSignersSigner(name);
}
