/* driver: runs a fuzz target without libFuzzer: every file of the corpus, then mutations of them, the same in every run.
 *
 * usage: check_NAME [FILE…]   without files: the corpus of NAME, then FUZZ_RUNS mutations or FUZZ_SECONDS of them.
 * A child does the work on an input it shares with its parent, who saves it when the child dies of it. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/text.h"
#include "base/time.h"
#include "tests/fuzz/fuzz.h"

#define INPUT_MAX (64u << 10)
#define RUNS 10000
#define INPUT_SECONDS 20 /* one input may take so long */

struct input {
    size_t len, runs;
    char bytes[INPUT_MAX];
};

static struct input *shared;
static struct buf *files;
static size_t file_count, file_cap;

static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);

static size_t pick(size_t count)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (size_t)(state % count);
}

static int read_input(const char *path)
{
    struct err err = ERR_INIT;
    GROW(files, file_count, file_cap);
    buf_init(&files[file_count], INPUT_MAX);
    if (file_read(path, &files[file_count], &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return -1;
    }
    file_count++;
    return 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_corpus(const char *dir)
{
    struct dirent **names;
    int n = scandir(dir, &names, NULL, by_name), rc = 0;
    for (int i = 0; i < n; i++) {
        char *path = xasprintf("%s/%s", dir, names[i]->d_name);
        if (names[i]->d_name[0] != '.' && rc == 0)
            rc = read_input(path);
        free(path);
        free(names[i]);
    }
    if (n >= 0)
        free(names);
    if (!file_count)
        fprintf(stderr, "there is nothing in %s\n", dir);
    return file_count ? rc : -1;
}

static void mutate(struct buf *b)
{
    static const char *const words[] = {
        "\n", "\r\n", "\t", "\0x", "- ", ": ", "#", "# ", "{", "}", "[", "]", ",", "|\n", ">-\n", "\"", "'", "&a ",
        "*a", "!!str ",
        "---\n", "...\n", "\xef\xbb\xbf", "\xff", "\xe2\x80\xa8", "\xc2\x85", "<<: ", "? ", "~", "null", "1e999", "0x", "-0",
        "name: ",
        "type: ", "params: ", "links: ", "things: ", "view: ", "external: ", "replicas: ", "gpu: ", "camera", ".video", "    ",
        "\n====\n", "${row.", "foreach: ", "inputs: ", "outputs: ", "default: ", "min: ", "choices: ", "env: ", "media: ", "://u:p@"};
    const struct buf *other = &files[pick(file_count)];
    size_t at = pick(b->len + 1), n = pick(MIN(64, b->len - at) + 1), from = pick(other->len + 1);
    switch (pick(7)) {
    case 0: /* one byte */
        if (at < b->len)
            b->data[at] = (char)pick(256);
        break;
    case 1: /* a word */
    case 2: {
        const char *word = words[pick(ARRAY_SIZE(words))];
        buf_splice(b, at, pick(2) ? n : 0, word, MAX(strlen(word), 1));
        break;
    }
    case 3: /* less */
        buf_splice(b, at, n, "", 0);
        break;
    case 4: /* a piece of another one */
        buf_splice(b, at, n, other->data + from, pick(MIN(200, other->len - from) + 1));
        break;
    case 5: { /* a piece twice */
        char *piece = xmemdup(b->data + at, n);
        buf_splice(b, at, 0, piece, n);
        free(piece);
        break;
    }
    case 6: { /* other edits */
        char edits[9] = "#";
        for (size_t i = 1; i < sizeof edits; i++)
            edits[i] = (char)pick(256);
        buf_add(b, edits, 2 + pick(sizeof edits - 1));
        break;
    }
    }
}

static void run(const struct buf *input)
{
    shared->len = input->len;
    memcpy(shared->bytes, input->data, input->len);
    shared->runs++;
    alarm(INPUT_SECONDS);
    LLVMFuzzerTestOneInput((const uint8_t *)shared->bytes, shared->len);
}

static size_t number_of(const char *name, size_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoul(text, NULL, 10) : otherwise;
}

static void run_all(bool mutations)
{
    size_t seconds = number_of("FUZZ_SECONDS", 0), runs = number_of("FUZZ_RUNS", RUNS);
    int64_t until = time_monotonic() + (int64_t)seconds * NSEC_PER_SEC;
    for (size_t i = 0; i < file_count; i++)
        run(&files[i]);
    for (size_t i = 0; mutations && (seconds ? time_monotonic() < until : i < runs); i++) {
        const struct buf *first = &files[pick(file_count)];
        struct buf input;
        buf_init(&input, INPUT_MAX - 1);
        buf_add(&input, first->data, first->len);
        for (size_t n = 1 + pick(5); n; n--)
            mutate(&input);
        run(&input);
        buf_release(&input);
    }
}

static int save_input(const char *name, int status)
{
    struct err err = ERR_INIT;
    char *path = xasprintf("fuzz-%s-%08x", name, hash_bytes(shared->bytes, shared->len));
    printf("input %zu of %s %s; ", shared->runs, name,
           WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ? "took too long" : "ended the target");
    if (file_save(path, shared->bytes, shared->len, 0644, &err) == 0)
        printf("it is saved: %s\n", path);
    else
        printf("%s\n", err.text);
    free(path);
    return 1;
}

int main(int argc, char **argv)
{
    static const char corpus[] = TOP_SRCDIR "/tests/fuzz/corpus/" FUZZ_NAME;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int rc = shared == MAP_FAILED ? -1 : argc > 1 ? 0 : read_corpus(corpus), status = 1;
    for (int i = 1; i < argc && rc == 0; i++)
        rc = read_input(argv[i]);
    if (rc < 0)
        return 2;
    pid_t pid = fork();
    if (pid == 0) {
        run_all(argc == 1);
        alarm(0);
    } else {
        rc = pid < 0 || waitpid(pid, &status, 0) < 0 || status ? save_input(FUZZ_NAME, status) : 0;
        printf("%zu inputs of %s\n%d passed, %d failed\n", shared->runs, FUZZ_NAME, !rc, rc);
    }
    for (size_t i = 0; i < file_count; i++)
        buf_release(&files[i]);
    free(files);
    return rc;
}
