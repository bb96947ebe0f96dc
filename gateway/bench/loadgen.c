// An MQTT 3.1.1 load generator: one process, one epoll loop, publishers and subscribers together, so that every
// message can be followed from its first byte written to its last byte received. It knows nothing about any broker.
//
// Closed loop (--rate 0): each publisher keeps --window messages in flight; QoS 1 ones leave the window when they are
// acknowledged, QoS 0 ones when the first subscriber has them. Fixed rate: --rate messages a second over all
// publishers; what does not fit the window or the socket is counted as held back, not queued without end.
// Prints one JSON object on standard output. Exit status: 0 measured, 1 could not connect or subscribe, 2 usage.
#define _GNU_SOURCE
#include "loadgen_link.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/timerfd.h>

enum { NAME_MAX_BYTES = 48, RING = 1 << 14, OUTGOING_LIMIT = 1 << 16, EVENTS = 256 };

struct publisher {
    struct link link;
    char topic[256], name[NAME_MAX_BYTES], user[NAME_MAX_BYTES], password[128];
    uint32_t next_seq, in_flight;
    uint16_t packet_id;
    uint32_t *seq_of;      // by packet id
    uint64_t *sent_at_ns;  // by packet id; 0: the id is free
    uint64_t *ring_ns;     // send time by seq, the last RING of them
    struct bits acked;
};

struct subscriber {
    struct link link;
    struct bits *received;  // by publisher
    uint32_t *next;         // one past the highest seq seen, by publisher
};

static struct {
    int port, publishers, subscribers, qos, subscriber_qos, window, size, pid;
    double seconds, rate, patience_s;
    uint64_t count;
    bool telemetry;
    uint32_t boot;
    const char *host, *topic, *filter, *user, *password, *credentials, *prefix;
} opt = {.port = 1883, .publishers = 10, .subscribers = 1, .qos = 1, .subscriber_qos = 1, .window = 20, .size = 120,
         .seconds = 5, .patience_s = 5, .host = "127.0.0.1", .topic = "devices/%s/telemetry", .prefix = "bench"};

static struct publisher *publishers;
static struct subscriber *subscribers;
static struct publisher **by_name;
static bool sending;
static uint64_t sent, acked, received, duplicated, out_of_order, strangers, held;
static struct samples ack_ms, delivery_ms;

static int payload(char *to, size_t capacity, uint32_t seq, uint64_t at_ns) {
    int wrote;
    if (opt.telemetry)
        wrote = snprintf(to, capacity, "{\"boot\":\"%08x\",\"seq\":%u,\"uptime_ms\":%llu,\"temperature\":%.2f,\"humidity\":%.1f,"
                         "\"soil_moisture\":45.2,\"light_level\":%u}", opt.boot, seq, (unsigned long long)(at_ns / 1000000),
                         20 + (seq % 500) / 100.0, 40 + (seq % 300) / 10.0, 700 + seq % 200);
    else
        wrote = snprintf(to, capacity, "{\"ts\":%llu,\"seq\":%u}", (unsigned long long)at_ns, seq);
    if (wrote < opt.size) memset(to + wrote, ' ', (size_t)(opt.size - wrote));
    return wrote < opt.size ? opt.size : wrote;
}

static void publish(struct publisher *from) {
    static char text[1 << 18];
    uint64_t at_ns = now_ns();
    uint32_t seq = from->next_seq++;
    int text_bytes = payload(text, sizeof text, seq, at_ns);
    uint8_t head[300];
    size_t topic_bytes = strlen(from->topic);
    uint8_t *at = put_header(head, (uint8_t)(0x30 | opt.qos << 1), 2 + topic_bytes + (opt.qos ? 2 : 0) + (size_t)text_bytes);
    at = put_text(at, from->topic);
    if (opt.qos) {
        do from->packet_id = from->packet_id == 65535 ? 1 : from->packet_id + 1;
        while (from->sent_at_ns[from->packet_id]);
        *at++ = (uint8_t)(from->packet_id >> 8);
        *at++ = (uint8_t)from->packet_id;
        from->sent_at_ns[from->packet_id] = at_ns;
        from->seq_of[from->packet_id] = seq;
    }
    from->ring_ns[seq % RING] = at_ns;
    append(&from->link.out, head, (size_t)(at - head));
    append(&from->link.out, text, (size_t)text_bytes);
    from->in_flight++;
    sent++;
}

static bool may_send(const struct publisher *from) {
    return from->link.fd >= 0 && from->in_flight < (uint32_t)opt.window && (!opt.count || sent < opt.count) &&
           from->link.out.end - from->link.out.start < OUTGOING_LIMIT;
}

static void fill(struct publisher *from) {
    if (!sending || opt.rate > 0) return;
    while (may_send(from)) publish(from);
    flush(&from->link);
}

// ---- reading packets

static void on_puback(struct publisher *from, const uint8_t *body) {
    uint16_t packet_id = (uint16_t)(body[0] << 8 | body[1]);
    if (!from->sent_at_ns[packet_id]) return;
    sample(&ack_ms, from->sent_at_ns[packet_id]);
    from->sent_at_ns[packet_id] = 0;
    mark(&from->acked, from->seq_of[packet_id]);
    from->in_flight--;
    acked++;
}

static int name_order(const void *left, const void *right) {
    return strcmp((*(struct publisher *const *)left)->name, (*(struct publisher *const *)right)->name);
}

// The publisher a topic names at the pattern's %s; NULL for a stranger's.
static struct publisher *publisher_of(const uint8_t *topic, size_t bytes) {
    size_t before = (size_t)(strstr(opt.topic, "%s") - opt.topic), length = 0;
    struct publisher wanted, *pointer = &wanted;
    while (before + length < bytes && topic[before + length] != '/' && length < NAME_MAX_BYTES - 1) length++;
    if (before + length > bytes) return NULL;
    memcpy(wanted.name, topic + before, length);
    wanted.name[length] = 0;
    struct publisher **found = bsearch(&pointer, by_name, (size_t)opt.publishers, sizeof *by_name, name_order);
    return found ? *found : NULL;
}

static void on_publish(struct subscriber *to, uint8_t first, const uint8_t *body, size_t length) {
    size_t topic_bytes = (size_t)(body[0] << 8 | body[1]), at = 2 + topic_bytes;
    if (first & 6) {
        uint8_t ack[] = {0x40, 2, body[at], body[at + 1]};
        append(&to->link.out, ack, sizeof ack);
        at += 2;
    }
    struct publisher *from = publisher_of(body + 2, topic_bytes);
    const char *field = length > at ? memmem(body + at, length - at, "\"seq\":", 6) : NULL;
    if (!from || !field) {
        strangers++;
        return;
    }
    uint32_t seq = (uint32_t)strtoul(field + 6, NULL, 10), from_index = from->link.index;
    if (seq >= from->next_seq) {
        strangers++;  // nothing this run has sent
    } else if (!mark(&to->received[from_index], seq)) {
        duplicated++;
    } else {
        received++;
        if (seq < to->next[from_index]) out_of_order++;
        else to->next[from_index] = seq + 1;
        if (from->next_seq - seq <= RING) sample(&delivery_ms, from->ring_ns[seq % RING]);
        if (!opt.qos && to->link.index == 0) {
            from->in_flight--;
            fill(from);
        }
    }
}

static void on_packet(struct link *link, uint8_t first, const uint8_t *body, size_t length) {
    if (first >> 4 == 3 && link->subscriber && length >= 4) on_publish((struct subscriber *)link, first, body, length);
    if (first >> 4 == 4 && !link->subscriber && length == 2) on_puback((struct publisher *)link, body);
}

static void receive(struct link *link) {
    ssize_t got = READ_CHUNK;
    while (link->fd >= 0 && got == READ_CHUNK) {
        got = read(link->fd, room(&link->in, READ_CHUNK), READ_CHUNK);
        if (got == 0 || (got < 0 && errno != EAGAIN)) hang_up(link);
        if (got > 0) link->in.end += (size_t)got;
        uint8_t first;
        const uint8_t *body;
        size_t length;
        while (got > 0 && next_packet(&link->in, &first, &body, &length)) on_packet(link, first, body, length);
    }
    flush(link);
    if (!link->subscriber && opt.qos) fill((struct publisher *)link);
}

static void turn(int timeout_ms) {
    struct epoll_event events[EVENTS];
    int count = epoll_wait(poller, events, EVENTS, timeout_ms);
    for (int i = 0; i < count; i++) {
        struct link *link = events[i].data.ptr;
        if (!link || link->fd < 0) continue;  // the timer, or a connection closed in this very turn
        if (events[i].events & EPOLLOUT) flush(link);
        if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(link);
        else if (!link->subscriber) fill((struct publisher *)link);
    }
}

// ---- connecting (blocking, one at a time)

static void expect(struct link *link, uint8_t first, size_t bytes, uint8_t last, const char *what) {
    uint8_t answer[8] = {0};
    size_t got = 0;
    flush(link);
    while (got < bytes) {
        ssize_t r = read(link->fd, answer + got, bytes - got);
        if (r <= 0) fail(1, "%s: %s", what, r ? strerror(errno) : "connection closed");
        got += (size_t)r;
    }
    if (answer[0] != first || answer[bytes - 1] != last) fail(1, "%s refused with code %d", what, answer[bytes - 1]);
}

static void dial(struct link *link, const char *client, const char *user, const char *password) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)opt.port)};
    struct timeval limit = {.tv_sec = 10};
    int on = 1;
    if (inet_pton(AF_INET, opt.host, &to.sin_addr) != 1) fail(2, "not an IPv4 address: %s", opt.host);
    link->fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(link->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(link->fd, (struct sockaddr *)&to, sizeof to)) fail(1, "connect: %s", strerror(errno));
    send_connect(link, client, user, password);
    expect(link, 0x20, 4, 0, "CONNECT");
}

static void subscribe(struct link *link) {
    uint8_t body[300] = {0, 1}, *at = put_text(body + 2, opt.filter);
    *at++ = (uint8_t)opt.subscriber_qos;
    send_packet(link, 0x82, body, (size_t)(at - body));
    expect(link, 0x90, 5, (uint8_t)opt.subscriber_qos, "SUBSCRIBE");
}

static void go_nonblocking(struct link *link) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = link};
    fcntl(link->fd, F_SETFL, O_NONBLOCK);
    epoll_ctl(poller, EPOLL_CTL_ADD, link->fd, &event);
}

// The topic pattern with `name` in place of its %s.
static void with_name(char *to, size_t capacity, const char *name) {
    const char *at = strstr(opt.topic, "%s");
    snprintf(to, capacity, "%.*s%s%s", (int)(at - opt.topic), opt.topic, name, at + 2);
}

static void name_publishers(void) {
    FILE *file = opt.credentials ? fopen(opt.credentials, "r") : NULL;
    if (opt.credentials && !file) fail(2, "%s: %s", opt.credentials, strerror(errno));
    for (int i = 0; i < opt.publishers; i++) {
        struct publisher *p = &publishers[i];
        if (file) {
            if (fscanf(file, "%47s %47s %127s", p->name, p->user, p->password) != 3)
                fail(2, "%s: a line is `client user password`; %d are needed", opt.credentials, opt.publishers);
        } else {
            snprintf(p->name, sizeof p->name, "%s-%d", opt.prefix, i);
            snprintf(p->user, sizeof p->user, "%s", opt.user ? opt.user : "");
            snprintf(p->password, sizeof p->password, "%s", opt.password ? opt.password : "");
        }
        with_name(p->topic, sizeof p->topic, p->name);
        by_name[i] = p;
    }
    if (file) fclose(file);
    qsort(by_name, (size_t)opt.publishers, sizeof *by_name, name_order);
}

static void open_all(void) {
    for (int i = 0; i < opt.subscribers; i++) {
        struct subscriber *s = &subscribers[i];
        char client[NAME_MAX_BYTES + 16];
        s->link.subscriber = true;
        s->link.index = (uint32_t)i;
        s->received = zeroed((size_t)opt.publishers, sizeof *s->received);
        s->next = zeroed((size_t)opt.publishers, sizeof *s->next);
        snprintf(client, sizeof client, "%s-subscriber-%d", opt.user ? opt.user : opt.prefix, i);
        dial(&s->link, client, opt.user ? opt.user : "", opt.password ? opt.password : "");
        subscribe(&s->link);
        go_nonblocking(&s->link);
    }
    for (int i = 0; i < opt.publishers; i++) {
        struct publisher *p = &publishers[i];
        p->link.index = (uint32_t)i;
        p->seq_of = zeroed(65536, sizeof *p->seq_of);
        p->sent_at_ns = zeroed(65536, sizeof *p->sent_at_ns);
        p->ring_ns = zeroed(RING, sizeof *p->ring_ns);
        dial(&p->link, p->name, p->user, p->password);
        go_nonblocking(&p->link);
    }
}

// ---- the run

static uint64_t progress(void) { return acked + received; }

static bool settled(void) {
    return received >= sent * (uint64_t)opt.subscribers && (!opt.qos || acked >= sent);
}

// Sends what is due at the fixed rate and arms the timer for the next message.
static void pace(int timer, double start_ns, uint64_t *offered) {
    uint64_t expired, due = (uint64_t)(((double)now_ns() - start_ns) / 1e9 * opt.rate) + 1;
    if (read(timer, &expired, sizeof expired) < 0 && errno != EAGAIN) fail(1, "timer: %s", strerror(errno));
    for (; *offered < due; (*offered)++) {
        struct publisher *p = &publishers[*offered % (uint64_t)opt.publishers];
        if (may_send(p)) publish(p);
        else held++;
    }
    for (int i = 0; i < opt.publishers; i++)
        if (publishers[i].link.out.end) flush(&publishers[i].link);
    uint64_t next_ns = (uint64_t)(start_ns + (double)*offered / opt.rate * 1e9);
    struct itimerspec at = {.it_value = {.tv_sec = (time_t)(next_ns / 1000000000u), .tv_nsec = (long)(next_ns % 1000000000u)}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
}

static double load(double *peak_rss_mb) {
    uint64_t start_ns = now_ns(), end_ns = start_ns + (uint64_t)(opt.seconds * 1e9), look_ns = start_ns, offered = 0;
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(poller, EPOLL_CTL_ADD, timer, &event);
    sending = true;
    for (int i = 0; i < opt.publishers; i++) fill(&publishers[i]);
    while (now_ns() < end_ns && closed < (uint64_t)opt.publishers && !(opt.count && sent >= opt.count)) {
        if (opt.rate > 0) pace(timer, (double)start_ns, &offered);
        turn(10);
        if (opt.pid && now_ns() >= look_ns) {
            double now_mb = rss_mb(opt.pid);
            if (now_mb > *peak_rss_mb) *peak_rss_mb = now_mb;
            look_ns = now_ns() + 100000000;
        }
    }
    sending = false;
    close(timer);
    return (double)(now_ns() - start_ns) / 1e9;
}

// Waits for what is still on its way; gives up after a while without progress. Seconds until the last of it.
static double drain(void) {
    uint64_t start_ns = now_ns(), last_ns = start_ns, seen = progress();
    while (!settled() && (double)(now_ns() - last_ns) / 1e9 < opt.patience_s) {
        turn(10);
        if (progress() != seen) {
            seen = progress();
            last_ns = now_ns();
        }
    }
    return (double)(last_ns - start_ns) / 1e9;
}

// Acknowledged to the publisher, yet not seen by a subscriber.
static uint64_t missing(void) {
    uint64_t count = 0;
    for (int s = 0; s < opt.subscribers; s++)
        for (int p = 0; p < opt.publishers; p++)
            for (uint32_t seq = 0; seq < publishers[p].next_seq; seq++)
                count += (!opt.qos || marked(&publishers[p].acked, seq)) && !marked(&subscribers[s].received[p], seq);
    return count;
}

#define OPTIONS(NUMBER, TEXT) \
    NUMBER(port, atoi) NUMBER(publishers, atoi) NUMBER(subscribers, atoi) NUMBER(qos, atoi) NUMBER(subscriber_qos, atoi) \
    NUMBER(window, atoi) NUMBER(size, atoi) NUMBER(pid, atoi) NUMBER(seconds, atof) NUMBER(rate, atof) \
    NUMBER(patience_s, atof) NUMBER(count, atoll) NUMBER(telemetry, atoi) NUMBER(boot, atoll) \
    TEXT(host) TEXT(topic) TEXT(filter) TEXT(user) TEXT(password) TEXT(credentials) TEXT(prefix)

static void parse(int count, char **words) {
    for (int i = 1; i < count; i += 2) {
        const char *value = i + 1 < count ? words[i + 1] : NULL;
        if (!value) fail(2, "%s needs a value", words[i]);
#define NUMBER(name, convert) if (!strcmp(words[i], "--" #name)) { opt.name = convert(value); continue; }
#define TEXT(name) if (!strcmp(words[i], "--" #name)) { opt.name = value; continue; }
        OPTIONS(NUMBER, TEXT)
        fail(2, "unknown option %s", words[i]);
    }
    if (!strstr(opt.topic, "%s")) fail(2, "--topic needs a %%s for the publisher's name");
    if (opt.publishers < 1 || opt.subscribers < 0 || opt.qos < 0 || opt.qos > 1 || opt.window < 1 || opt.window > 65000)
        fail(2, "publishers, subscribers, qos or window out of range");
    if (opt.size > 1 << 17) fail(2, "--size is at most 131072");
    if (!opt.qos && !opt.subscribers && opt.rate <= 0) fail(2, "a closed loop at QoS 0 needs a subscriber");
}

int main(int count, char **words) {
    opt.boot = (uint32_t)getpid() << 16 ^ (uint32_t)now_ns();
    parse(count, words);
    char filter[256];
    with_name(filter, sizeof filter, "+");
    if (!opt.filter) opt.filter = filter;
    poller = epoll_create1(0);
    publishers = zeroed((size_t)opt.publishers, sizeof *publishers);
    subscribers = zeroed((size_t)opt.subscribers, sizeof *subscribers);
    by_name = zeroed((size_t)opt.publishers, sizeof *by_name);
    name_publishers();
    open_all();
    double peak_rss_mb = 0, cpu_before = cpu_seconds(opt.pid), own_before = cpu_seconds(getpid());
    double load_s = load(&peak_rss_mb), drain_s = drain(), total_s = load_s + drain_s;
    double cpu_s = cpu_seconds(opt.pid) - cpu_before, own_s = cpu_seconds(getpid()) - own_before;
    printf("{\"sent\":%llu,\"acked\":%llu,\"received\":%llu,\"missing\":%llu,\"duplicated\":%llu,\"out_of_order\":%llu,"
           "\"strangers\":%llu,\"held\":%llu,\"closed\":%llu,",
           (unsigned long long)sent, (unsigned long long)acked, (unsigned long long)received, (unsigned long long)missing(),
           (unsigned long long)duplicated, (unsigned long long)out_of_order, (unsigned long long)strangers,
           (unsigned long long)held, (unsigned long long)closed);
    print_latency("ack_ms", &ack_ms);
    print_latency("delivery_ms", &delivery_ms);
    printf("\"load_s\":%.3f,\"drain_s\":%.3f,\"sent_per_s\":%.1f,\"acked_per_s\":%.1f,\"received_per_s\":%.1f,"
           "\"cpu_s\":%.2f,\"own_cpu_s\":%.2f,\"peak_rss_mb\":%.1f,\"rss_mb\":%.1f}\n",
           load_s, drain_s, (double)sent / load_s, (double)acked / total_s, (double)received / total_s, cpu_s, own_s,
           peak_rss_mb, rss_mb(opt.pid));
    return 0;
}
