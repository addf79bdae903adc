#include "net/head.h"

#include <strings.h>

#include "base/text.h"
#include "base/time.h"

#define MAX_RETRY (86400 * NSEC_PER_SEC)
#define MAX_FIELDS (32u << 10)

/* "Sun, 06 Nov 1994 08:49:37 GMT", the one form of a date that HTTP still writes. */
static int64_t parse_date(const char *text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char month[4], clock[9], iso[TIME_TEXT];
    int day, year;
    if (sscanf(text, "%*3s, %2d %3s %4d %8s GMT", &day, month, &year, clock) != 4)
        return 0;
    const char *at = strstr(months, month);
    if (!at || strlen(month) != 3 || (at - months) % 3)
        return 0;
    snprintf(iso, sizeof iso, "%04d-%02d-%02dT%sZ", year, (int)(at - months) / 3 + 1, day, clock);
    return time_parse(iso);
}

static int64_t parse_retry(const char *text, int64_t wall)
{
    int64_t after;
    if (text_int(text, &after)) {
        after = MIN(MAX(after, 0), MAX_RETRY / NSEC_PER_SEC) * NSEC_PER_SEC;
    } else {
        int64_t at = parse_date(text);
        after = at ? at - wall : 0;
    }
    return MIN(MAX(after, 0), MAX_RETRY);
}

/* Without the white space around its value, and never past the bound: what is left out nobody asks for. */
static void keep(struct head *head, const char *bytes, size_t len)
{
    struct buf *fields = &head->fields;
    if (!fields->data)
        buf_init(fields, MAX_FIELDS);
    len = strnlen(bytes, len);
    while (len && strchr(" \t\r\n", bytes[len - 1]))
        len--;
    if (len + 1 > fields->max - fields->len)
        return;
    buf_add(fields, bytes, len);
    buf_addc(fields, '\0');
    head->head.fields = fields->data;
}

const char *http_head_get(const struct http_head *head, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = head->fields; at && *at; at += strlen(at) + 1)
        if (strncasecmp(at, name, n) == 0 && at[n] == ':')
            return at + n + 1 + strspn(at + n + 1, " \t");
    return NULL;
}

void head_release(struct head *head)
{
    if (head->fields.data)
        buf_release(&head->fields);
}

bool head_line(struct head *head, const char *bytes, size_t len, int64_t wall)
{
    char line[512];
    snprintf(line, sizeof line, "%.*s", (int)MIN(len, sizeof line - 1), bytes);
    line[strcspn(line, "\r\n")] = '\0';
    if (!line[0])
        return true;
    char *value = strchr(line, ':');
    if (str_starts(line, "HTTP/")) {
        head->content_type[0] = '\0';
        head->head = (struct http_head){.content_type = head->content_type};
        if (head->fields.data)
            buf_reset(&head->fields);
    } else if (value) {
        keep(head, bytes, len);
        *value++ = '\0';
        value += strspn(value, " \t");
        value[strcspn(value, "\t")] = '\0';
        if (strcasecmp(line, "content-type") == 0)
            snprintf(head->content_type, sizeof head->content_type, "%s", value);
        else if (strcasecmp(line, "retry-after") == 0)
            /* 0 is given as well; ten times at once would help nobody */
            head->head.retry_after = strcmp(value, "0") == 0 ? NSEC_PER_SEC : parse_retry(value, wall);
    }
    return false;
}
