// The load generator's connections: growing buffers, non-blocking sockets in one epoll set, MQTT's framing.
#pragma once
#include "loadgen_base.h"
#include <errno.h>
#include <sys/epoll.h>

enum { READ_CHUNK = 1 << 16 };

struct buffer { uint8_t *bytes; size_t start, end, capacity; };
struct link { int fd; bool subscriber, wants_write; uint32_t index; struct buffer in, out; };

static int poller;
static uint64_t closed;

static uint8_t *room(struct buffer *in, size_t bytes) {
    if (in->start && in->end + bytes > in->capacity) {
        memmove(in->bytes, in->bytes + in->start, in->end - in->start);
        in->end -= in->start;
        in->start = 0;
    }
    if (in->end + bytes > in->capacity) {
        in->capacity = (in->end + bytes) * 2;
        in->bytes = grown(in->bytes, in->capacity);
    }
    return in->bytes + in->end;
}

static void append(struct buffer *to, const void *data, size_t bytes) {
    memcpy(room(to, bytes), data, bytes);
    to->end += bytes;
}

static void hang_up(struct link *link) {
    if (link->fd < 0) return;
    close(link->fd);
    link->fd = -1;
    closed++;
}

static void watch(struct link *link, bool writable) {
    if (link->wants_write == writable || link->fd < 0) return;
    struct epoll_event event = {.events = EPOLLIN | (writable ? EPOLLOUT : 0), .data.ptr = link};
    epoll_ctl(poller, EPOLL_CTL_MOD, link->fd, &event);
    link->wants_write = writable;
}

static void flush(struct link *link) {
    struct buffer *out = &link->out;
    while (link->fd >= 0 && out->start < out->end) {
        ssize_t wrote = write(link->fd, out->bytes + out->start, out->end - out->start);
        if (wrote > 0) {
            out->start += (size_t)wrote;
        } else if (errno == EAGAIN) {
            watch(link, true);
            return;
        } else {
            hang_up(link);
        }
    }
    out->start = out->end = 0;
    watch(link, false);
}

static uint8_t *put_text(uint8_t *to, const char *text) {
    size_t bytes = strlen(text);
    *to++ = (uint8_t)(bytes >> 8);
    *to++ = (uint8_t)bytes;
    memcpy(to, text, bytes);
    return to + bytes;
}

static uint8_t *put_header(uint8_t *to, uint8_t first, size_t length) {
    *to++ = first;
    do {
        uint8_t byte = length & 127;
        length >>= 7;
        *to++ = length ? byte | 128 : byte;
    } while (length);
    return to;
}

static void send_packet(struct link *link, uint8_t first, const uint8_t *body, size_t length) {
    uint8_t head[5];
    append(&link->out, head, (size_t)(put_header(head, first, length) - head));
    append(&link->out, body, length);
}

// Takes one whole packet off the buffer; false when there is none.
static bool next_packet(struct buffer *in, uint8_t *first, const uint8_t **body, size_t *length) {
    size_t at = in->start + 1, shift = 0;
    *length = 0;
    for (;; shift += 7) {
        if (at >= in->end) return false;
        uint8_t byte = in->bytes[at++];
        *length |= (size_t)(byte & 127) << shift;
        if (byte < 128) break;
    }
    if (in->end - at < *length) return false;
    *first = in->bytes[in->start];
    *body = in->bytes + at;
    in->start = at + *length;
    return true;
}

static void send_connect(struct link *link, const char *client, const char *user, const char *password) {
    uint8_t body[512], *at = put_text(body, "MQTT");
    *at++ = 4;
    *at++ = (uint8_t)(2 | (*user ? 0x80 : 0) | (*password ? 0x40 : 0));
    *at++ = 0;
    *at++ = 0;  // no keep alive: a generator held back by its broker must not be cut for it
    at = put_text(at, client);
    if (*user) at = put_text(at, user);
    if (*password) at = put_text(at, password);
    send_packet(link, 0x10, body, (size_t)(at - body));
}
