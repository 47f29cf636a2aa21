import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * Mutual authentication in four frames, each side proving that it knows the secret without sending it (challenge and response with
 * HMAC-SHA256, as CPython's `multiprocessing.connection` does):
 *
 * 1. server → client: its challenge
 * 2. client → server: its proof, its own challenge, the name of its session
 * 3. server → client: its proof
 * 4. client → server: accepted
 *
 * Both proofs cover both challenges and the side that makes them, so that neither can be reflected.
 */
export const challengeBytes = 32;
export const proofBytes = 32;
/** No frame of the handshake is larger. */
export const handshakeLimitBytes = 1024;
/** A peer that has not proved itself by then is dropped. */
export const handshakeTimeoutMs = 5000;
export const handshakeMessages = 4;

export interface Transcript {
  serverChallenge: Uint8Array;
  clientChallenge: Uint8Array;
  session: string;
}

export function newChallenge(): Buffer {
  return randomBytes(challengeBytes);
}

export function proofOf(side: 'client' | 'server', secret: string, transcript: Transcript): Buffer {
  return createHmac('sha256', secret)
    .update(`ipcbench ${side}\0`)
    .update(transcript.serverChallenge)
    .update(transcript.clientChallenge)
    .update(transcript.session)
    .digest();
}

/** Compares in constant time. */
export function isProof(received: Uint8Array, expected: Uint8Array): boolean {
  return received.length === expected.length && timingSafeEqual(received, expected);
}

/** The second frame's body. */
export function clientAnswer(secret: string, transcript: Transcript): Buffer {
  return Buffer.concat([
    proofOf('client', secret, transcript),
    transcript.clientChallenge,
    Buffer.from(transcript.session),
  ]);
}

/** Checks the second frame's body; undefined when it proves nothing. */
export function readClientAnswer(body: Buffer, secret: string, serverChallenge: Uint8Array): Transcript | undefined {
  if (body.length < proofBytes + challengeBytes) return undefined;
  const transcript = {
    serverChallenge,
    clientChallenge: Buffer.from(body.subarray(proofBytes, proofBytes + challengeBytes)),
    session: body.toString('utf8', proofBytes + challengeBytes),
  };
  return isProof(body.subarray(0, proofBytes), proofOf('client', secret, transcript)) ? transcript : undefined;
}
