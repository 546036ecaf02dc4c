package s3

import (
	"bytes"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// askConditions asks for conditional requests on single objects.
func (p *probe) askConditions() {
	p.askCreate()
	p.askIfMatch()
	_, a := p.get(plain, func(in *s3.GetObjectInput) { in.IfNoneMatch = p.etag })
	p.noteCondition("get_if_none_match", a, errs.NotModified,
		"an object with the known ETag is not sent again", "the object is sent although its ETag is known")
	_, a = p.get(plain, func(in *s3.GetObjectInput) { in.IfMatch = notTheETag })
	p.noteCondition("get_if_match", a, errs.PreconditionFailed,
		"an object with another ETag is not sent", "an object with another ETag is sent: a reader does not see that it changed")
}

func ifNoneMatch(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String("*") }

func (p *probe) askCreate() {
	const name = "put_if_none_match"
	if _, a := p.put("created", content, ifNoneMatch); a.err != nil {
		p.noteRefusedCondition(name, a)
		return
	}
	_, a := p.put("created", others, ifNoneMatch)
	if a.is(errs.PreconditionFailed) && !p.has("created", content) {
		p.note(name, driver.Ignored, a, "a put that may not overwrite is answered with an error, and overwrites all the same")
		return
	}
	p.noteCondition(name, a, errs.PreconditionFailed,
		"a put that may not overwrite does not, atomically", "a put that may not overwrite does")
}

func (p *probe) askIfMatch() {
	const name = "put_if_match"
	made, a := p.put(plain, content, func(in *s3.PutObjectInput) { in.IfMatch = notTheETag })
	if made.ETag != nil {
		p.etag = made.ETag
	}
	if !a.is(errs.PreconditionFailed) {
		p.noteCondition(name, a, errs.PreconditionFailed, "", "a put replaces an object with another ETag than the one that it is to replace")
		return
	}
	made, right := p.put(plain, content, func(in *s3.PutObjectInput) { in.IfMatch = p.etag })
	if right.err != nil {
		p.noteFailure(name, right, "a put with the right ETag fails too")
		return
	}
	p.etag = made.ETag
	p.note(name, driver.Honoured, a, "a put replaces the object with that ETag only, atomically")
}

// askCopies asks for CopyObject, and for conditions on it and on DeleteObject.
func (p *probe) askCopies() {
	const condition = "copy_if_none_match"
	copied, a := p.copy(aws.String("*"))
	if a.err != nil {
		p.noteRefusedCondition(condition, a)
		if copied, a = p.copy(nil); a.err != nil {
			p.noteFailure("copy", a, "an object cannot be copied")
			p.notAsked("there is no copy to delete", "delete_if_match")
			return
		}
	} else {
		_, again := p.copy(aws.String("*"))
		p.noteCondition(condition, again, errs.PreconditionFailed,
			"a CopyObject that may not overwrite does not, atomically",
			"a CopyObject that may not overwrite does, so copy_if_not_exists must not be native")
	}
	p.noteBytes("copy", a, "copied", content, "the endpoint copies objects itself")

	const name = "delete_if_match"
	gone, a := p.remove("copied", notTheETag)
	p.noteCondition(name, a, errs.PreconditionFailed,
		"an object with another ETag is not deleted", "an object is deleted although it has another ETag")
	if a.err != nil {
		gone, _ = p.remove("copied", copied.ETag)
	}
	if aws.ToBool(gone.DeleteMarker) {
		p.versioned = true
	}
}

func (p *probe) copy(ifNoneMatch *string) (*types.CopyObjectResult, answer) {
	out, a := send(p, p.client.CopyObject, &s3.CopyObjectInput{
		Bucket: &p.bucket, Key: p.key("copied"), CopySource: p.copySource(driver.Version{Key: p.prefix + plain}), IfNoneMatch: ifNoneMatch,
	})
	p.sawVersion(out.VersionId)
	if out.CopyObjectResult == nil {
		return &types.CopyObjectResult{}, a
	}
	return out.CopyObjectResult, a
}

func (p *probe) remove(name string, ifMatch *string) (*s3.DeleteObjectOutput, answer) {
	return send(p, p.client.DeleteObject, &s3.DeleteObjectInput{
		Bucket: &p.bucket, Key: aws.String(p.prefix + name), IfMatch: ifMatch,
	})
}

// askUploads asks for multipart uploads, and for conditions on their completion.
func (p *probe) askUploads() {
	const create, replace = "complete_if_none_match", "complete_if_match"
	u := p.upload("uploaded", "")
	if u.last.err != nil {
		p.noteFailure("multipart", u.last, "an object cannot be written in parts")
		p.notAsked("an object cannot be written in parts", create, replace)
		return
	}
	first := u.complete(aws.String("*"), nil)
	if first.err != nil {
		p.noteRefusedCondition(create, first)
		if again := u.complete(nil, nil); again.err != nil {
			p.noteFailure("multipart", again, "an upload cannot be completed")
			p.notAsked("an upload cannot be completed", replace)
			return
		}
	}
	p.noteBytes("multipart", u.last, "uploaded", content, "objects can be written in parts")
	if first.err == nil {
		a := p.upload("uploaded", "").complete(aws.String("*"), nil)
		p.noteCondition(create, a, errs.PreconditionFailed,
			"the completion of an upload that may not overwrite does not, atomically",
			"the completion of an upload that may not overwrite does")
	}
	a := p.upload("uploaded", "").complete(nil, notTheETag)
	p.noteCondition(replace, a, errs.PreconditionFailed,
		"the completion of an upload replaces the object with that ETag only, atomically",
		"the completion of an upload replaces an object with another ETag than the one that it is to replace")
}

// scratch is an upload of one part.
type scratch struct {
	*probe
	key, id string
	part    types.CompletedPart
	last    answer // to the last request; after an error no more is sent
}

// upload begins an upload and sends a part of it, with a checksum if the name of
// an algorithm is given.
func (p *probe) upload(name string, algorithm types.ChecksumAlgorithm) *scratch {
	u := p.create(name, algorithm)
	if u.last.err != nil {
		return u
	}
	var part *s3.UploadPartOutput
	part, u.last = send(p, p.client.UploadPart, &s3.UploadPartInput{
		Bucket: &p.bucket, Key: &u.key, UploadId: &u.id, PartNumber: aws.Int32(1),
		Body: bytes.NewReader(content), ChecksumAlgorithm: algorithm,
	})
	u.part = types.CompletedPart{
		ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32, ChecksumCRC64NVME: part.ChecksumCRC64NVME,
	}
	return u
}

func (p *probe) create(name string, algorithm types.ChecksumAlgorithm) *scratch {
	u := &scratch{probe: p, key: *p.key(name)}
	var made *s3.CreateMultipartUploadOutput
	made, u.last = send(p, p.client.CreateMultipartUpload, &s3.CreateMultipartUploadInput{
		Bucket: &p.bucket, Key: &u.key, ChecksumAlgorithm: algorithm,
	})
	switch {
	case made.UploadId != nil:
		u.id = *made.UploadId
		p.uploads[u.id] = u.key
	case u.last.err == nil:
		u.last.err = notS3()
	case p.ctx.Err() != nil || u.last.status == 0 || u.last.status >= 500: // it may have been begun
		p.lost = append(p.lost, u.key)
	}
	return u
}

// complete completes the upload; one that fails may be completed once more.
func (u *scratch) complete(ifNoneMatch, ifMatch *string) answer {
	if u.last.err != nil {
		return u.last
	}
	u.part.PartNumber = aws.Int32(1)
	out, a := send(u.probe, u.client.CompleteMultipartUpload, &s3.CompleteMultipartUploadInput{
		Bucket: &u.bucket, Key: &u.key, UploadId: &u.id, IfNoneMatch: ifNoneMatch, IfMatch: ifMatch,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{u.part}},
	})
	if a.err == nil {
		delete(u.uploads, u.id)
	}
	u.sawVersion(out.VersionId)
	return a
}

// askPartCopy asks for UploadPartCopy, and for the listing of uploads meanwhile.
func (p *probe) askPartCopy() {
	const name, ranged, conditional, listed = "upload_part_copy", "upload_part_copy_range", "upload_part_copy_if_match", "list_uploads"
	u := p.create("copied-part", "")
	if u.last.err != nil {
		p.notAsked("no upload can be begun", name, ranged, conditional, listed)
		return
	}
	p.askUploadList(listed, u)

	const first, last = 16, 63
	_, refused := u.copyPart(notTheETag, nil)
	whole, a := u.copyPart(p.etag, nil)
	if a.err != nil {
		p.noteFailure(name, a, "a part cannot be copied from an object, so a copy that may not overwrite fails, "+
			"but for conditional_put=check, which is not atomic")
		p.notAsked("no part can be copied", ranged, conditional)
		return
	}
	u.part.ETag = whole.ETag
	part, cut := u.copyPart(p.etag, aws.String(fmt.Sprintf("bytes=%d-%d", first, last)))
	if cut.err == nil {
		u.part.ETag = part.ETag
	}
	completed := u.complete(nil, nil)
	if completed.err != nil {
		p.noteFailure(name, completed, "an upload of a copied part cannot be completed")
		p.notAsked("an upload of a copied part cannot be completed", ranged)
	} else {
		found, read := p.get("copied-part", nil)
		want := content
		if cut.err == nil {
			want = content[first : last+1]
		}
		switch {
		case read.err != nil:
			p.noteFailure(name, read, "what was copied cannot be read")
		case string(found) == string(want):
			p.note(name, driver.Honoured, a, "a part can be copied from an object")
		case string(found) == string(content):
			p.note(name, driver.Honoured, a, "a part can be copied from an object")
			p.note(ranged, driver.Ignored, cut, "a part is the whole object, not the range of it that was asked for")
		default:
			p.note(name, driver.Corrupted, a, "a part is copied, but other bytes are stored")
		}
		switch {
		case cut.err != nil:
			p.noteFailure(ranged, cut, "a part cannot be copied from a range of a small object")
		case p.outcomes[ranged] == "":
			p.note(ranged, p.outcomes[name], cut, "a part can be a range of an object")
		}
	}
	p.noteCondition(conditional, refused, errs.PreconditionFailed,
		"a part is not copied from an object with another ETag",
		"a part is copied from an object with another ETag: a copy in parts does not see that its source changed")
}

func (u *scratch) copyPart(ifMatch, byteRange *string) (*types.CopyPartResult, answer) {
	out, a := send(u.probe, u.client.UploadPartCopy, &s3.UploadPartCopyInput{
		Bucket: &u.bucket, Key: &u.key, UploadId: &u.id, PartNumber: aws.Int32(1),
		CopySource: u.copySource(driver.Version{Key: u.prefix + plain}), CopySourceIfMatch: ifMatch, CopySourceRange: byteRange,
	})
	if a.err == nil && (out.CopyPartResult == nil || out.CopyPartResult.ETag == nil) {
		a.err = notS3()
	}
	if out.CopyPartResult == nil {
		return &types.CopyPartResult{}, a
	}
	return out.CopyPartResult, a
}

// askUploadList asks for the uploads below the prefix, of which u is one.
func (p *probe) askUploadList(name string, u *scratch) {
	found, a := p.listsUpload(p.prefix, u.id)
	switch {
	case a.err != nil:
		p.noteFailure(name, a, "uploads cannot be listed")
	case found:
		p.note(name, driver.Honoured, a, "uploads are listed by prefix")
	default:
		message := "an upload that is going on is not listed"
		if exactly, _ := p.listsUpload(u.key, u.id); exactly {
			message = "uploads are listed by the whole key only, not by prefix"
		}
		p.note(name, driver.Ignored, a, "%s", message)
	}
}

func (p *probe) listsUpload(prefix, id string) (found bool, a answer) {
	out, a := send(p, p.client.ListMultipartUploads, &s3.ListMultipartUploadsInput{Bucket: &p.bucket, Prefix: &prefix})
	for _, u := range out.Uploads {
		found = found || aws.ToString(u.UploadId) == id
	}
	return found, a
}
