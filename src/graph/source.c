#include "graph/source.h"

#include "base/yaml.h"
#include "graph/lines.h"
#include "graph/splice.h"

/* From `at` to the next piece's. */
struct source_piece {
    size_t at;
    size_t from; /* in the original */
    bool copy;   /* byte for byte; else all of it stands for what is at `from` */
    const char *note;
    struct source_place place; /* file NULL: the original */
};

static const char *keep_word(struct source_text *s, const char *word)
{
    if (!word)
        return NULL;
    if (s->word_count && strcmp(s->words[s->word_count - 1], word) == 0)
        return s->words[s->word_count - 1];
    GROW(s->words, s->word_count, s->word_cap);
    return s->words[s->word_count++] = xstrdup(word);
}

static void add_piece(struct source_text *s, struct source_piece piece)
{
    GROW(s->pieces, s->count, s->cap);
    s->pieces[s->count++] = piece;
}

void source_init(struct source_text *s, const char *name, const char *text, size_t len)
{
    *s = (struct source_text){.name = xstrdup(name)};
    buf_init(&s->text, YAML_MAX_BYTES);
    buf_init(&s->original, YAML_MAX_BYTES);
    buf_add(&s->original, text, len);
    source_copy(s, 0, len, NULL);
}

void source_release(struct source_text *s)
{
    for (size_t i = 0; i < s->word_count; i++)
        free(s->words[i]);
    free(s->words);
    free(s->pieces);
    free(s->name);
    buf_release(&s->text);
    buf_release(&s->original);
    *s = (struct source_text){0};
}

void source_restart(struct source_text *s)
{
    buf_reset(&s->text);
    s->count = 0;
}

void source_copy(struct source_text *s, size_t from, size_t to, const char *note)
{
    add_piece(s, (struct source_piece){.at = s->text.len, .from = from, .copy = true, .note = keep_word(s, note)});
    buf_add(&s->text, s->original.data + from, to - from);
}

void source_put(struct source_text *s, size_t from, const char *text, size_t len, const char *note)
{
    add_piece(s, (struct source_piece){.at = s->text.len, .from = from, .note = keep_word(s, note)});
    buf_add(&s->text, text, len);
}

/* The piece that a byte is in. */
static size_t piece_at(const struct source_piece *pieces, size_t count, size_t at)
{
    size_t low = 0, high = count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (pieces[middle].at <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The part of a piece that begins at `at`, which is inside it. */
static struct source_piece part(const struct source_piece *piece, size_t at)
{
    struct source_piece rest = *piece;
    if (piece->copy)
        rest.from += at - piece->at;
    rest.at = at;
    return rest;
}

/* What a text was, while it is made anew of its parts. */
struct former {
    struct buf text;
    struct source_piece *pieces;
    size_t count;
};

static void keep(struct source_text *s, const struct former *former, size_t from, size_t to)
{
    for (size_t i = piece_at(former->pieces, former->count, from); i < former->count && former->pieces[i].at < to; i++) {
        struct source_piece piece = part(&former->pieces[i], MAX(former->pieces[i].at, from));
        piece.at += s->text.len - from;
        add_piece(s, piece);
    }
    buf_add(&s->text, former->text.data + from, to - from);
}

static void put(struct source_text *s, const struct former *former, const struct splice *splice, const char *file)
{
    struct source_piece piece = part(&former->pieces[piece_at(former->pieces, former->count, splice->at)], splice->at);
    piece.at = s->text.len;
    piece.copy = false;
    piece.place = (struct source_place){keep_word(s, file), splice->line, splice->column};
    piece.note = NULL;
    add_piece(s, piece);
    buf_add(&s->text, splice->new, splice->new_len);
}

void source_splice(struct source_text *s, const struct splices *splices, const char *file)
{
    struct former former = {s->text, s->pieces, s->count};
    size_t at = 0;
    s->pieces = NULL;
    s->count = s->cap = 0;
    buf_init(&s->text, YAML_MAX_BYTES);
    for (size_t i = 0; i < splices->count; i++) {
        const struct splice *splice = &splices->items[i];
        keep(s, &former, at, splice->at);
        if (splice->new_len)
            put(s, &former, splice, file);
        at = splice->at + splice->old_len;
    }
    keep(s, &former, at, former.text.len);
    if (!s->count)
        source_copy(s, 0, 0, NULL); /* nothing is left */
    free(former.pieces);
    buf_release(&former.text);
}

void source_become(struct source_text *s, const char *text, size_t len, const char *file)
{
    struct splices splices = {0};
    splice_difference(&splices, &s->text, text, len);
    source_splice(s, &splices, file);
    splices_release(&splices);
}

/* Lines end as YAML's do: LF, CR LF, CR. Columns are characters. */
static size_t offset_of(const struct buf *text, int line, int column)
{
    size_t at = 0;
    for (int l = 1; l < line && at < text->len; l++)
        at = after_break(text->data, text->len, line_end(text->data, text->len, at));
    for (int c = 1; c < column && at < text->len; c++)
        do
            at++;
        while (at < text->len && ((unsigned char)text->data[at] & 0xc0) == 0x80);
    return at;
}

static void place_of(const struct buf *text, size_t at, int *line, int *column)
{
    size_t start = line_start(text->data, MIN(at, text->len));
    *line = 1 + count_breaks(text->data, start);
    *column = 1;
    for (size_t i = start; i < at && i < text->len; i++)
        *column += ((unsigned char)text->data[i] & 0xc0) != 0x80;
}

/* Where a place of the text was written. */
static const struct source_piece *origin_of(const struct source_text *s, int *line, int *column)
{
    size_t at = offset_of(&s->text, *line, *column);
    const struct source_piece *piece = &s->pieces[piece_at(s->pieces, s->count, at)];
    if (piece->place.file) {
        *line = piece->place.line;
        *column = piece->place.column;
    } else {
        place_of(&s->original, piece->from + (piece->copy ? at - piece->at : 0), line, column);
    }
    return piece;
}

/* "… is taken already (line 9)": of the text, and nobody sees that. */
static void tell_other_line(const struct source_text *s, struct fault *fault)
{
    static const char before[] = "(line ";
    char *at = strstr(fault->text, before), *end;
    long line = at ? strtol(at + sizeof before - 1, &end, 10) : 0;
    if (line <= 0 || *end != ')')
        return;
    /* Past the indent: an item's own line may begin with what the file before it holds. */
    size_t start = offset_of(&s->text, (int)line, 1);
    int there = (int)line, column = 1 + (int)strspn(s->text.data + start, " -");
    const struct source_piece *piece = origin_of(s, &there, &column);
    char *text = piece->place.file
                     ? xasprintf("%.*s(in %s)%s", (int)(at - fault->text), fault->text, piece->place.file, end + 1)
                     : xasprintf("%.*s(line %d)%s", (int)(at - fault->text), fault->text, there, end + 1);
    free(fault->text);
    fault->text = text;
}

static void tell(const struct source_text *s, struct fault *fault)
{
    if (fault->line <= 0 || !s->count)
        return;
    const struct source_piece *piece = origin_of(s, &fault->line, &fault->column);
    if (piece->place.file) {
        free(fault->file);
        fault->file = xstrdup(piece->place.file);
    }
    tell_other_line(s, fault);
    if (piece->note) {
        char *text = xasprintf("%s (%s)", fault->text, piece->note);
        free(fault->text);
        fault->text = text;
    }
}

void source_faults(const struct source_text *s, struct faults *faults)
{
    if (s->count == 1 && s->pieces[0].copy && !s->pieces[0].place.file)
        return; /* it is the file as it is */
    for (size_t i = 0; i < faults->count; i++)
        tell(s, &faults->items[i]);
    faults_sort(faults);
}
