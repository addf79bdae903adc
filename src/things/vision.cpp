#include "things/vision.h"

#include <cmath>

#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>
#include <opencv2/videoio.hpp>

#include "things/frame.h"

struct vision_image {
    cv::Mat pixels;
};

struct vision_video {
    cv::VideoCapture capture;
    std::string path;
    double rate;
};

struct vision_people {
    cv::HOGDescriptor hog;
};

/* No exception may pass into C. */
template <typename T, typename F> static T guarded(struct err *err, const char *what, T failed, F work)
{
    try {
        return work();
    } catch (const cv::Exception &e) {
        err_set(err, "%s: %s", what, e.err.c_str());
    } catch (const std::exception &e) {
        err_set(err, "%s: %s", what, e.what());
    }
    return failed;
}

static int swallow(int, const char *, const char *, const char *, int, void *)
{
    return 0;
}

void vision_init(void)
{
    /* FFmpeg's messages about a damaged file; whoever debugs one may set it. */
    setenv("OPENCV_FFMPEG_LOGLEVEL", "-8", 0);
    cv::setNumThreads(1);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    cv::redirectError(swallow);
}

static struct vision_image *image_new(cv::Mat pixels, int max_width)
{
    if (max_width > 0 && pixels.cols > max_width) {
        int height = std::max(1, (int)std::lround((double)pixels.rows * max_width / pixels.cols));
        cv::Mat small;
        cv::resize(pixels, small, cv::Size(max_width, height), 0, 0, cv::INTER_AREA);
        pixels = small;
    }
    return new vision_image{pixels};
}

void vision_image_free(struct vision_image *image)
{
    delete image;
}

int vision_image_width(const struct vision_image *image)
{
    return image->pixels.cols;
}

int vision_image_height(const struct vision_image *image)
{
    return image->pixels.rows;
}

static bool open_video(struct vision_video *video)
{
    /* Only what reads files: "any" would go looking for cameras on the USB. */
    for (int reader : {cv::CAP_FFMPEG, cv::CAP_OPENCV_MJPEG, cv::CAP_GSTREAMER})
        if (video->capture.open(video->path, reader))
            return true;
    return false;
}

struct vision_video *vision_video_open(const char *path, struct err *err)
{
    auto *video = new vision_video();
    video->path = path;
    bool ok = guarded(err, "cannot open the video", false, [&] {
        if (!open_video(video)) {
            err_set(err, "'%s' is no video that can be read", path);
            return false;
        }
        double rate = video->capture.get(cv::CAP_PROP_FPS);
        video->rate = rate >= 0.1 && rate <= 1000 ? rate : 25;
        return true;
    });
    if (!ok) {
        delete video;
        return nullptr;
    }
    return video;
}

void vision_video_close(struct vision_video *video)
{
    delete video;
}

double vision_video_rate(const struct vision_video *video)
{
    return video->rate;
}

bool vision_video_skip(struct vision_video *video, int64_t n)
{
    struct err ignored = ERR_INIT;
    return guarded(&ignored, "", false, [&] {
        for (int64_t i = 0; i < n; i++)
            if (!video->capture.grab())
                return false;
        return true;
    });
}

struct vision_image *vision_video_read(struct vision_video *video, int max_width, struct err *err)
{
    return guarded(err, "cannot read the video", (struct vision_image *)nullptr, [&]() -> struct vision_image * {
        cv::Mat pixels;
        if (!video->capture.read(pixels) || pixels.empty())
            return nullptr;
        if ((int64_t)pixels.cols * pixels.rows > FRAME_MAX_PIXELS) {
            err_set(err, "'%s' has pictures of %d x %d, more than can be sent", video->path.c_str(), pixels.cols,
                    pixels.rows);
            return nullptr;
        }
        /* The next read writes into the same memory. */
        return image_new(max_width > 0 && pixels.cols > max_width ? pixels : pixels.clone(), max_width);
    });
}

int vision_video_rewind(struct vision_video *video, struct err *err)
{
    return guarded(err, "cannot read the video again from its start", -1, [&] {
        if (video->capture.set(cv::CAP_PROP_POS_FRAMES, 0))
            return 0;
        return open_video(video) ? 0 : err_set(err, "cannot open '%s' again", video->path.c_str());
    });
}

struct vision_image *vision_load(const char *path, int max_width, struct err *err)
{
    return guarded(err, path, (struct vision_image *)nullptr, [&]() -> struct vision_image * {
        cv::Mat pixels = cv::imread(path, cv::IMREAD_COLOR);
        if (pixels.empty() || (int64_t)pixels.cols * pixels.rows > FRAME_MAX_PIXELS) {
            err_set(err, "'%s' is no picture that can be read", path);
            return nullptr;
        }
        return image_new(pixels, max_width);
    });
}

struct vision_image *vision_decode(const void *jpeg, size_t len, int max_width, struct err *err)
{
    return guarded(err, "cannot decode the picture", (struct vision_image *)nullptr, [&]() -> struct vision_image * {
        cv::Mat bytes(1, (int)len, CV_8UC1, const_cast<void *>(jpeg));
        cv::Mat pixels = cv::imdecode(bytes, cv::IMREAD_COLOR);
        if (pixels.empty()) {
            err_set(err, "cannot decode the picture: its JPEG data is damaged");
            return nullptr;
        }
        return image_new(pixels, max_width);
    });
}

int vision_encode(const struct vision_image *image, int quality, void **out, size_t *len, struct err *err)
{
    return guarded(err, "cannot encode the picture", -1, [&] {
        std::vector<uchar> bytes;
        if (!cv::imencode(".jpg", image->pixels, bytes, {cv::IMWRITE_JPEG_QUALITY, quality}))
            return err_set(err, "cannot encode the picture");
        *out = xmemdup(bytes.data(), bytes.size());
        *len = bytes.size();
        return 0;
    });
}

void vision_draw(struct vision_image *image, const struct vision_box *boxes, size_t count, const char *label)
{
    struct err ignored = ERR_INIT;
    guarded(&ignored, "", 0, [&] {
        const cv::Scalar green(80, 220, 60), black(0, 0, 0);
        for (size_t i = 0; i < count; i++) {
            const struct vision_box &b = boxes[i];
            cv::rectangle(image->pixels, cv::Rect(b.x, b.y, b.w, b.h), green, 2);
            char text[64];
            snprintf(text, sizeof text, "%s %.0f%%", label, b.confidence * 100);
            int below = 0;
            cv::Size size = cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, 0.45, 1, &below);
            int top = std::max(0, b.y - size.height - below - 2);
            cv::rectangle(image->pixels, cv::Rect(b.x, top, size.width + 4, size.height + below + 2), green, cv::FILLED);
            cv::putText(image->pixels, text, cv::Point(b.x + 2, top + size.height + 1), cv::FONT_HERSHEY_SIMPLEX, 0.45,
                        black, 1, cv::LINE_AA);
        }
        return 0;
    });
}

struct vision_people *vision_people_new(struct err *err)
{
    return guarded(err, "cannot set up the people detector", (struct vision_people *)nullptr, [&] {
        auto *people = new vision_people();
        people->hog.setSVMDetector(cv::HOGDescriptor::getDefaultPeopleDetector());
        return people;
    });
}

void vision_people_free(struct vision_people *people)
{
    delete people;
}

static double logistic(double x)
{
    return 1 / (1 + std::exp(-x));
}

int vision_people_find(struct vision_people *people, const struct vision_image *image, double min_confidence,
                       struct vision_box *boxes, size_t max, struct err *err)
{
    const cv::Size step(8, 8);
    const cv::Mat &pixels = image->pixels;
    if (pixels.cols < people->hog.winSize.width || pixels.rows < people->hog.winSize.height)
        return 0;
    return guarded(err, "cannot look for people", -1, [&] {
        double p = std::min(std::max(min_confidence, 0.01), 0.99);
        std::vector<cv::Rect> found;
        std::vector<double> margins;
        /* A scale step of 1.1 with groups of one finds what the usual 1.05 with groups of two finds, at half the cost. */
        people->hog.detectMultiScale(pixels, found, margins, std::log(p / (1 - p)), step, cv::Size(), 1.1, 1);
        std::vector<size_t> order(found.size());
        for (size_t i = 0; i < order.size(); i++)
            order[i] = i;
        std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return margins[a] > margins[b]; });
        size_t count = 0;
        for (size_t i = 0; i < order.size() && count < max; i++) {
            /* The detector was taught on people with a margin around them: take it off. */
            cv::Rect r = found[order[i]];
            r = cv::Rect(r.x + r.width / 10, r.y + r.height / 14, r.width * 8 / 10, r.height * 6 / 7);
            r &= cv::Rect(0, 0, pixels.cols, pixels.rows);
            double confidence = logistic(margins[order[i]]);
            if (r.area() > 0 && confidence >= min_confidence)
                boxes[count++] = vision_box{r.x, r.y, r.width, r.height, confidence};
        }
        return (int)count;
    });
}
