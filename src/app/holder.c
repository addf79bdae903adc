#include "app/holder.h"

#include <errno.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "base/time.h"

static const struct {
    const char *word, *noun, *doing; /* word: in the ConfigMap */
} words[] = {
    [HOLDER_DEPLOYS] = {"deploy", "deployment", "deploying"},
    [HOLDER_DELETES] = {"delete", "deletion", "deleting"},
    [HOLDER_ROLLS_BACK] = {"rollback", "rollback", "rolling back"},
};

const char *holder_noun(const struct holder *holder)
{
    return words[holder->does].noun;
}

const char *holder_doing(const struct holder *holder)
{
    return words[holder->does].doing;
}

static void this_host(char *out, size_t size)
{
    if (gethostname(out, size) < 0)
        snprintf(out, size, "?");
    out[size - 1] = '\0';
}

/* Machines and containers may share a name; these two nobody shares. */
static void this_machine(char *out, size_t size)
{
    struct stat space = {0};
    struct buf boot;
    struct err ignored = ERR_INIT;
    buf_init(&boot, 64);
    file_read("/proc/sys/kernel/random/boot_id", &boot, &ignored);
    stat("/proc/self/ns/pid", &space);
    snprintf(out, size, "%.*s %ju", (int)strcspn(boot.data ? boot.data : "", "\n"), boot.data ? boot.data : "", (uintmax_t)space.st_ino);
    buf_release(&boot);
}

void holder_new(struct holder *out, enum holder_does does, const char *by, int64_t wall)
{
    unsigned char bytes[16] = {0};
    *out = (struct holder){.does = does, .pid = getpid()};
    while (getrandom(bytes, sizeof bytes, 0) < 0 && errno == EINTR)
        ;
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(out->id + 2 * i, 3, "%02x", bytes[i]);
    snprintf(out->by, sizeof out->by, "%s", str_or_empty(by));
    this_host(out->host, sizeof out->host);
    this_machine(out->machine, sizeof out->machine);
    time_format(out->since, wall, 0);
}

static void take(char *out, size_t size, const cJSON *json, const char *key)
{
    struct buf text;
    const char *value = json_str_or(json, key, "");
    buf_init(&text, size);
    text_sanitise(&text, value, MIN(strlen(value), size / 4));
    snprintf(out, size, "%s", text.data);
    buf_release(&text);
}

bool holder_read(struct holder *out, const char *text)
{
    struct err err = ERR_INIT;
    cJSON *json = text && *text ? json_parse(text, strlen(text), &err) : NULL;
    bool there = cJSON_IsObject(json);
    *out = (struct holder){0};
    if (there) {
        snprintf(out->id, sizeof out->id, "%s", json_str_or(json, "id", ""));
        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
            if (str_eq(json_str(json, "does"), words[i].word))
                out->does = (enum holder_does)i;
        take(out->by, sizeof out->by, json, "by");
        take(out->host, sizeof out->host, json, "host");
        take(out->since, sizeof out->since, json, "since");
        out->pid = json_int(json, "pid", 0);
        snprintf(out->machine, sizeof out->machine, "%s", json_str_or(json, "machine", ""));
        out->over = json_bool(json, "over", false);
    }
    cJSON_Delete(json);
    return there;
}

void holder_write(const struct holder *holder, unsigned beats, struct buf *out)
{
    cJSON *json = cJSON_CreateObject();
    json_set_str(json, "id", holder->id);
    if (holder->does != HOLDER_DEPLOYS)
        json_set_str(json, "does", words[holder->does].word);
    json_set_str(json, "by", holder->by);
    json_set_str(json, "host", holder->host);
    json_set_int(json, "pid", holder->pid);
    json_set_str(json, "machine", holder->machine);
    json_set_str(json, "since", holder->since);
    if (holder->over)
        json_set_bool(json, "over", true);
    else
        json_set_int(json, "beats", beats);
    json_print(out, json);
    cJSON_Delete(json);
}

bool holder_ended(const struct holder *holder)
{
    char machine[sizeof holder->machine];
    this_machine(machine, sizeof machine);
    return holder->over || (str_eq(machine, holder->machine) && holder->pid > 0 && holder->pid == (pid_t)holder->pid &&
                            kill((pid_t)holder->pid, 0) < 0 && errno == ESRCH);
}

void holder_words(const struct holder *holder, struct buf *out)
{
    buf_adds(out, *holder->by ? holder->by : "somebody");
    if (*holder->host)
        buf_addf(out, " on %s", holder->host);
    if (strlen(holder->since) >= 19)
        buf_addf(out, " (since %.8s UTC)", holder->since + 11);
}
