#include "things/vision.h"

#include <cmath>
#include <memory>

#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>

#include "things/image.hpp"
#include "things/video.h"

struct vision_video {
    struct video *video;
    std::string path;
};

struct vision_people {
    cv::HOGDescriptor hog;
};

struct vision_motion {
    cv::Mat background; /* grey, small, in floating point; empty: the next frame is the first */
};

static int swallow(int, const char *, const char *, const char *, int, void *)
{
    return 0;
}

void vision_init(void)
{
    cv::setNumThreads(1);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    cv::redirectError(swallow);
}

/* Takes the picture's memory, whatever happens. */
static struct vision_image *image_new(struct picture picture, int max_width, struct err *err)
{
    auto image = std::unique_ptr<vision_image>(new vision_image{{}, picture});
    return guarded(err, "cannot scale the picture", (struct vision_image *)nullptr, [&] {
        image->pixels = cv::Mat(picture.height, picture.width, CV_8UC3, picture.pixels, picture.stride);
        if (picture.turns) {
            cv::Mat turned;
            cv::rotate(image->pixels, turned, picture.turns - 1); /* ROTATE_90_CLOCKWISE is 0, and so on */
            image->pixels = turned;
        }
        if (max_width > 0 && image->pixels.cols > max_width) {
            const cv::Mat &wide = image->pixels;
            int height = std::max(1, (int)std::lround((double)wide.rows * max_width / wide.cols));
            cv::Mat small;
            cv::resize(wide, small, cv::Size(max_width, height), 0, 0, cv::INTER_AREA);
            image->pixels = small;
        }
        if (image->pixels.data != picture.pixels)
            picture_release(&image->memory);
        return image.release();
    });
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

struct vision_video *vision_video_open(const char *path, struct err *err)
{
    struct video *video = video_open(path, err);
    return video ? new vision_video{video, path} : nullptr;
}

struct vision_video *vision_camera_open(const char *spec, double rate, vision_stop_fn stop, void *data, struct err *err)
{
    struct video *video = video_connect(spec, rate, stop, data, err);
    return video ? new vision_video{video, spec} : nullptr;
}

void vision_video_close(struct vision_video *video)
{
    if (video)
        video_close(video->video);
    delete video;
}

double vision_video_rate(const struct vision_video *video)
{
    double rate = video_rate(video->video);
    return rate >= 0.1 && rate <= 1000 ? rate : 25;
}

bool vision_video_skip(struct vision_video *video, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (!video_next(video->video))
            return false;
    return true;
}

struct vision_image *vision_video_read(struct vision_video *video, int max_width, struct err *err)
{
    struct picture picture = {};
    if (!video_next(video->video)) {
        video_why(video->video, err);
        return nullptr;
    }
    if (video_picture(video->video, &picture, err) < 0) {
        err_prefix(err, "cannot read '%s'", video->path.c_str());
        return nullptr;
    }
    return image_new(picture, max_width, err);
}

int vision_video_rewind(struct vision_video *video, struct err *err)
{
    /* Not every kind of file can be wound back. */
    struct video *again = video_open(video->path.c_str(), err);
    if (!again)
        return -1;
    video_close(video->video);
    video->video = again;
    return 0;
}

struct vision_image *vision_load(const char *path, int max_width, struct err *err)
{
    struct picture picture = {};
    return picture_load(&picture, path, err) < 0 ? nullptr : image_new(picture, max_width, err);
}

struct vision_image *vision_decode(const void *jpeg, size_t len, int max_width, struct err *err)
{
    struct picture picture = {};
    if (picture_decode(&picture, jpeg, len, err) == 0)
        return image_new(picture, max_width, err);
    err_prefix(err, "cannot decode the picture");
    return nullptr;
}

int vision_encode(const struct vision_image *image, int quality, void **out, size_t *len, struct err *err)
{
    const cv::Mat &pixels = image->pixels;
    struct picture picture = {pixels.data, pixels.cols, pixels.rows, pixels.step, 0};
    return picture_encode(&picture, quality, out, len, err);
}

void vision_draw(struct vision_image *image, const struct vision_box *boxes, size_t count, const char *const *labels)
{
    struct err ignored = ERR_INIT;
    guarded(&ignored, "", 0, [&] {
        const cv::Scalar green(80, 220, 60), black(0, 0, 0);
        for (size_t i = 0; i < count; i++) {
            const struct vision_box &b = boxes[i];
            cv::rectangle(image->pixels, cv::Rect(b.x, b.y, b.w, b.h), green, 2);
            char text[64];
            snprintf(text, sizeof text, "%.40s %.0f%%", labels[b.kind], b.confidence * 100);
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

void vision_draw_outline(struct vision_image *image, const struct vision_point *corners, size_t count)
{
    struct err ignored = ERR_INIT;
    guarded(&ignored, "", 0, [&] {
        std::vector<cv::Point> points;
        for (size_t i = 0; i < count; i++)
            points.emplace_back((int)std::lround(corners[i].x * (image->pixels.cols - 1)),
                                (int)std::lround(corners[i].y * (image->pixels.rows - 1)));
        cv::polylines(image->pixels, points, true, cv::Scalar(0, 160, 255), 2, cv::LINE_AA);
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
                boxes[count++] = vision_box{r.x, r.y, r.width, r.height, confidence, 0};
        }
        return (int)count;
    });
}

struct vision_motion *vision_motion_new(void)
{
    return new vision_motion();
}

void vision_motion_free(struct vision_motion *motion)
{
    delete motion;
}

/* Grey and at most 320 wide: what moves is larger than a pixel, and noise is not. */
static cv::Mat small_grey(const cv::Mat &pixels)
{
    cv::Mat grey, small;
    double scale = std::min(1.0, 320.0 / pixels.cols);
    cv::cvtColor(pixels, grey, cv::COLOR_BGR2GRAY);
    cv::resize(grey, small, cv::Size(), scale, scale, cv::INTER_AREA);
    cv::GaussianBlur(small, grey, cv::Size(5, 5), 0);
    return grey;
}

int vision_motion_find(struct vision_motion *motion, const struct vision_image *image, double sensitivity, double min_area,
                       struct vision_box *boxes, size_t max, struct err *err)
{
    const double learnt = 0.05, everywhere = 0.7; /* share of a frame in the background; of the picture that changed */
    return guarded(err, "cannot look for motion", -1, [&] {
        cv::Mat grey = small_grey(image->pixels), known, apart, mask;
        if (motion->background.size() != grey.size()) {
            grey.convertTo(motion->background, CV_32F);
            return 0;
        }
        motion->background.convertTo(known, CV_8U);
        cv::accumulateWeighted(grey, motion->background, learnt);
        cv::absdiff(grey, known, apart);
        double border = 60 - 50 * std::min(std::max(sensitivity, 0.0), 1.0);
        cv::threshold(apart, mask, border, 255, cv::THRESH_BINARY);
        if (cv::countNonZero(mask) > everywhere * (double)mask.total()) {
            grey.convertTo(motion->background, CV_32F);
            return 0;
        }
        cv::dilate(mask, mask, cv::Mat(), cv::Point(-1, -1), 3); /* an arm belongs to its body */
        std::vector<std::vector<cv::Point>> outlines;
        cv::findContours(mask, outlines, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_SIMPLE);
        std::vector<cv::Rect> found;
        for (const auto &outline : outlines)
            if (cv::boundingRect(outline).area() >= min_area * (double)mask.total())
                found.push_back(cv::boundingRect(outline));
        std::sort(found.begin(), found.end(), [](const cv::Rect &a, const cv::Rect &b) { return a.area() > b.area(); });
        double x = (double)image->pixels.cols / grey.cols, y = (double)image->pixels.rows / grey.rows;
        size_t count = 0;
        for (; count < found.size() && count < max; count++) {
            const cv::Rect &r = found[count];
            double strength = cv::mean(apart(r), apart(r) > border)[0];
            boxes[count] = vision_box{(int)(r.x * x), (int)(r.y * y), (int)(r.width * x), (int)(r.height * y),
                                      strength > border ? 1 - border / (2 * strength) : 0.5, 0};
        }
        return (int)count;
    });
}
