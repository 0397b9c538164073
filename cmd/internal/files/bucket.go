package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	"gocloud.dev/blob"
	"gocloud.dev/blob/s3blob"
	"gocloud.dev/gcerrors"
)

// scheme begins the URL of a place in a bucket: s3://bucket/key. What follows is
// taken as it is written: a question mark is part of a key or a pattern.
const scheme = "s3://"

// InBucket reports whether a path or pattern is the URL of a place in a bucket.
func InBucket(place string) bool { return strings.HasPrefix(place, scheme) }

// CheckPlace refuses a URL that no files can lie at. A path is no URL.
func CheckPlace(place string) error {
	kind, _, isURL := strings.Cut(place, "://")
	switch {
	case !isURL:
		return nil
	case !InBucket(place):
		return fmt.Errorf("%s:// is not read here: a path or s3://bucket/key is expected", kind)
	}
	if name, _ := bucketOf(place); !bucketName.MatchString(name) {
		return fmt.Errorf("%q is no name of a bucket: s3://bucket/key is expected, credentials and endpoint come from the AWS_ environment", name)
	}
	return nil
}

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// Join is a name below a directory or below a place in a bucket.
func Join(root, name string) string {
	if InBucket(root) {
		return strings.TrimRight(root, "/") + "/" + name
	}
	return filepath.Join(root, name)
}

// Absolute is the place of a root whatever directory the process is in.
func Absolute(root string) (string, error) {
	if InBucket(root) {
		return strings.TrimRight(root, "/"), nil
	}
	return filepath.Abs(root)
}

// bucketOf takes s3://bucket/key apart.
func bucketOf(place string) (bucket, key string) {
	bucket, key, _ = strings.Cut(strings.TrimPrefix(place, scheme), "/")
	return bucket, key
}

// bucket is an object store, through the port that every kind of it comes through.
type bucket struct {
	*blob.Bucket
	name string // with its scheme
}

// openBucket opens the bucket of a place, and returns the key in it. Region,
// credentials and an endpoint of one's own come from where AWS tools have them: the
// AWS_ environment, profiles, the role of the machine. No request is made yet.
func openBucket(place string) (b bucket, key string, err error) {
	if err := CheckPlace(place); err != nil {
		return bucket{}, "", err
	}
	name, key := bucketOf(place)
	ctx, stop := answering()
	defer stop()
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.ResponseHeaderTimeout = patience })
	conf, err := config.LoadDefaultConfig(ctx, config.WithHTTPClient(client), config.WithDefaultRegion("us-east-1"),
		config.WithLogger(logging.Nop{})) // what goes wrong is told by errors
	if err != nil {
		return bucket{}, "", fmt.Errorf("%s%s: the AWS_ environment cannot be used: %w", scheme, name, err)
	}
	sums := aws.RequestChecksumCalculationUnset
	store, err := s3blob.OpenBucket(ctx, s3.NewFromConfig(conf, func(o *s3.Options) {
		if o.BaseEndpoint != nil { // what is not Amazon's has no name per bucket, and knows no trailing checksums
			sums = aws.RequestChecksumCalculationWhenRequired
			o.UsePathStyle, o.RequestChecksumCalculation = true, sums
			o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		}
	}), name, &s3blob.Options{RequestChecksumCalculation: sums})
	if err != nil {
		return bucket{}, "", err
	}
	return bucket{store, scheme + name}, key, nil
}

// patience is how long a bucket may take to begin its answer, or to go on with it.
const patience = time.Minute

// answering bounds a request that moves little.
func answering() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 2*patience)
}

// at says which object an error is about, and why, in words that are the same for
// the same cause: what a server writes into its answers may be anything.
func (b bucket) at(key string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s/%s: %w", b.name, key, bucketReason(err))
}

func bucketReason(err error) error {
	var api smithy.APIError
	var lookup *net.DNSError
	var dial *net.OpError
	switch {
	case gcerrors.Code(err) == gcerrors.NotFound:
		return fs.ErrNotExist
	case gcerrors.Code(err) == gcerrors.FailedPrecondition:
		return errChanged
	case errors.As(err, &api) && errorCode.MatchString(api.ErrorCode()):
		return fmt.Errorf("the bucket answers %s", api.ErrorCode())
	case errors.As(err, &lookup):
		return errors.New("the host of the endpoint is unknown")
	case errors.As(err, &dial):
		return fmt.Errorf("the endpoint cannot be reached: %w", dial.Err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return errors.New("the endpoint does not answer in time")
	case strings.Contains(err.Error(), "get credentials"):
		return errors.New("there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use a profile or a role")
	}
	return errors.New("the bucket gives no answer that can be read")
}

var errorCode = regexp.MustCompile(`^[A-Za-z0-9]{1,60}$`)

// errChanged says that an object is not the one that was looked at first.
var errChanged = errors.New("it changed while it was read: somebody still writes it")
