package s3

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

func (b *backend) SetACL(ctx context.Context, key, acl string) error {
	call := b.begin(ctx)
	_, err := b.client.PutObjectAcl(call.ctx, &s3.PutObjectAclInput{
		Bucket: &b.bucket, Key: &key, ACL: types.ObjectCannedACL(acl),
	})
	if err = call.fail(err); errs.CodeOf(err) == errs.NotSupported {
		err.(*errs.Error).Capability = driver.CanACL.String()
	}
	return err
}
