"""Every request of the engine beside that of boto3 for the same thing."""

import pytest
import remotestore
from comparison import Difference, open_store
from recorder import Answer, error

ODD = "a b+c%41/é&=?#~'()*!$,;:@.txt"

XML_TYPE = Difference("header content-type", "application/xml", None, "the SDK for Go says that XML is XML")
CONTENT_MD5 = Difference(
    "header content-md5", "of the body", None,
    "many services refuse a DeleteObjects without it, which boto3 does not send any more (boto/boto3#4392)", "DeleteObjects")
NAMED_CRC32 = Difference(
    "header x-amz-sdk-checksum-algorithm", None, "CRC32",
    "boto3 names the checksum that it sends, we send it", "DeleteObjects")
DELETES = [CONTENT_MD5, NAMED_CRC32, XML_TYPE]


def put(client, key="a", **more):
    return client.put_object(Bucket="bucket", Key=key, Body=b"text", **more)


def get(client, key="a", **more):
    return client.get_object(Bucket="bucket", Key=key, **more)


def head(client, key="a"):
    """The checksum is asked for wherever one may be."""
    return client.head_object(Bucket="bucket", Key=key, ChecksumMode="ENABLED")


def listing(client, prefix, **more):
    """With the number that S3 would take."""
    return client.list_objects_v2(Bucket="bucket", Prefix=prefix, **{"MaxKeys": 1000, **more})


def upload(client, **more):
    return client.create_multipart_upload(Bucket="bucket", Key="b", **more)


def complete(client, parts=1, **more):
    parts = [{"PartNumber": n, "ETag": '"e"'} for n in range(1, parts + 1)]
    return client.complete_multipart_upload(
        Bucket="bucket", Key="b", UploadId="id", MultipartUpload={"Parts": parts}, **more)


def copy_part(client, source="a", size=10):
    return client.upload_part_copy(
        Bucket="bucket", Key="b", UploadId="id", PartNumber=1, CopySource={"Bucket": "bucket", "Key": source},
        CopySourceIfMatch='"e"', CopySourceRange=f"bytes=0-{size - 1}")


# -- one object -------------------------------------------------------------------


def test_put(compare):
    compare(
        lambda store: store.write("a", b"text", overwrite=True, metadata={"mark": "some value", "other": "2"}),
        lambda client: put(client, Metadata={"mark": "some value", "other": "2"}),
    )


def test_put_that_may_not_overwrite(compare):
    compare(
        lambda store: store.write("a", b"text"),
        lambda client: put(client, IfNoneMatch="*"),
    )


@pytest.mark.parametrize("style", ["path", "virtual"])
def test_a_key_with_all_kinds_of_characters(compare, style):
    compare(lambda store: store.read_bytes(ODD), lambda client: get(client, ODD), style=style)


@pytest.mark.parametrize("offset, length, header", [(2, 3, "bytes=2-4"), (2, 0, "bytes=2-")])
def test_get_a_range(compare, offset, length, header):
    compare(
        lambda store: store.read_bytes("a", offset=offset, length=length),
        lambda client: get(client, Range=header),
    )


def test_head(compare):
    compare(lambda store: store.get_file_info("a"), head)


def test_delete(compare):
    def theirs(client):
        head(client)
        client.delete_object(Bucket="bucket", Key="a")

    compare(lambda store: store.delete("a"), theirs)


def test_ping(compare):
    compare(lambda store: store.ping(), lambda client: client.head_bucket(Bucket="bucket"))


# -- copies -----------------------------------------------------------------------


def copy_object(client, **more):
    return client.copy_object(Bucket="bucket", Key="b", CopySource={"Bucket": "bucket", "Key": ODD}, **more)


def test_copy(compare):
    compare(lambda store: store.copy(ODD, "b", overwrite=True), copy_object)


def test_move(compare):
    def theirs(client):
        copy_object(client)
        client.delete_object(Bucket="bucket", Key=ODD)

    compare(lambda store: store.move(ODD, "b", overwrite=True), theirs)


def test_native_copy_that_may_not_overwrite(compare):
    compare(
        lambda store: store.copy(ODD, "b"),
        lambda client: copy_object(client, IfNoneMatch="*"),
        options={"copy_if_not_exists": "native"},
    )


def test_copy_that_may_not_overwrite(compare):
    """As an upload, with all that belongs to the source."""
    source = {
        "Content-Length": "10", "ETag": '"e"', "Content-Type": "text/x-test", "Cache-Control": "max-age=60",
        "Content-Disposition": "inline", "Content-Encoding": "br", "Content-Language": "de",
        "Expires": "Mon, 02 Jan 2040 03:04:05 GMT", "x-amz-meta-mark": "some value",
        "x-amz-storage-class": "STANDARD_IA", "x-amz-tagging-count": "1",
    }

    def theirs(client):
        head(client, ODD)
        client.get_object_tagging(Bucket="bucket", Key=ODD)
        upload(
            client, ContentType="text/x-test", CacheControl="max-age=60", ContentDisposition="inline",
            ContentEncoding="br", ContentLanguage="de", Expires="2040-01-02T03:04:05Z",
            Metadata={"mark": "some value"}, StorageClass="STANDARD_IA", Tagging="team=a+b")
        copy_part(client, ODD)
        complete(client, IfNoneMatch="*")

    compare(
        lambda store: store.copy(ODD, "b"), theirs,
        script={"HeadObject": [Answer(headers=source)]},
        differs=[XML_TYPE],
    )


def test_copy_of_an_empty_object_that_may_not_overwrite(compare):
    def theirs(client):
        head(client)
        client.put_object(Bucket="bucket", Key="b", Body=b"", ContentType="text/plain", IfNoneMatch="*")

    compare(
        lambda store: store.copy("a", "b"), theirs,
        script={"HeadObject": [Answer(headers={"ETag": '"e"', "Content-Type": "text/plain"})]},
    )


# -- uploads ----------------------------------------------------------------------


def test_upload(compare):
    """Of which the first part comes last."""
    def ours(store):
        with store.create_upload("b", overwrite=True, metadata={"mark": "value"}) as upload:
            upload.part(2, b"tail")
            upload.part(1, b"head")

    def theirs(client):
        upload(client, Metadata={"mark": "value"})
        for number, body in ((1, b"head"), (2, b"tail")):
            client.upload_part(Bucket="bucket", Key="b", UploadId="id", PartNumber=number, Body=body)
        complete(client, parts=2)

    compare(ours, theirs, differs=[XML_TYPE])


def test_upload_that_may_not_overwrite_and_is_refused(compare):
    def theirs(client):
        upload(client)
        client.upload_part(Bucket="bucket", Key="b", UploadId="id", PartNumber=1, Body=b"text")
        with pytest.raises(client.exceptions.ClientError):
            complete(client, IfNoneMatch="*")
        client.abort_multipart_upload(Bucket="bucket", Key="b", UploadId="id")

    def ours(store):
        upload = store.create_upload("b")
        upload.part(1, b"text")
        with pytest.raises(remotestore.AlreadyExists):
            upload.commit()
        upload.close()

    compare(
        ours, theirs,
        script={"CompleteMultipartUpload": [error(412, "PreconditionFailed")]},
        differs=[XML_TYPE],
    )


def uploads(client, **more):
    return client.list_multipart_uploads(Bucket="bucket", MaxUploads=1000, EncodingType="url", **more)


def test_uploads_are_listed(compare):
    first = Answer(body=(
        b"<ListMultipartUploadsResult><Bucket>bucket</Bucket><EncodingType>url</EncodingType>"
        b"<IsTruncated>true</IsTruncated><NextKeyMarker>folder/a+b</NextKeyMarker>"
        b"<NextUploadIdMarker>first</NextUploadIdMarker>"
        b"<Upload><Key>folder/a+b</Key><UploadId>first</UploadId></Upload></ListMultipartUploadsResult>"))

    def theirs(client):
        uploads(client, Prefix="folder/")
        uploads(client, Prefix="folder/", KeyMarker="folder/a b", UploadIdMarker="first")

    compare(lambda store: list(store.list_uploads("folder")), theirs, script={"ListMultipartUploads": [first]})


def test_an_upload_is_aborted_by_its_id(compare):
    compare(
        lambda store: store.abort_upload("b", "id"),
        lambda client: client.abort_multipart_upload(Bucket="bucket", Key="b", UploadId="id"),
    )


# -- folders ----------------------------------------------------------------------


def test_list_one_level(compare):
    compare(
        lambda store: list(store.iter_children("folder")),
        lambda client: listing(client, "folder/", Delimiter="/"),
    )


def test_list_all_levels_in_two_pages(compare):
    first = Answer(body=(
        b"<ListBucketResult><Name>bucket</Name><IsTruncated>true</IsTruncated>"
        b"<NextContinuationToken>next/+=</NextContinuationToken>"
        b"<Contents><Key>a b/c</Key><Size>1</Size></Contents></ListBucketResult>"))

    def theirs(client):
        listing(client, "a b/")
        listing(client, "a b/", ContinuationToken="next/+=")

    compare(
        lambda store: list(store.list_files("a b", recursive=True)), theirs,
        script={"ListObjectsV2": [first]},
    )


def test_is_folder(compare):
    compare(lambda store: store.is_folder("folder"), lambda client: listing(client, "folder/", MaxKeys=1))


def test_delete_a_folder(compare):
    found = Answer(body=(
        b"<ListBucketResult><Name>bucket</Name><IsTruncated>false</IsTruncated>"
        b"<Contents><Key>folder/a</Key><Size>1</Size></Contents>"
        b"<Contents><Key>folder/&lt;&amp;b&gt;</Key><Size>1</Size></Contents></ListBucketResult>"))

    def theirs(client):
        listing(client, "folder/")
        keys = [{"Key": "folder/<&b>"}, {"Key": "folder/a"}]
        client.delete_objects(Bucket="bucket", Delete={"Objects": keys, "Quiet": True})

    compare(
        lambda store: store.delete_folder("folder", recursive=True), theirs,
        script={"ListObjectsV2": [found]},
        differs=DELETES,
    )


# -- AWS, by TLS --------------------------------------------------------------------

CHECKSUM = [
    Difference("header x-amz-sdk-checksum-algorithm", "CRC64NVME", "CRC32",
               "S3 keeps a CRC-64/NVME of whole objects however they came; boto3 has none without the CRT", "PutObject"),
    Difference("header x-amz-trailer", "x-amz-checksum-crc64nvme", "x-amz-checksum-crc32", "the same", "PutObject"),
    Difference("trailer x-amz-checksum-crc64nvme", "rCixvM1b9Xc=", None, "the same", "PutObject"),
    Difference("trailer x-amz-checksum-crc32", None, "of the body", "the same", "PutObject"),
]


def test_aws_put(compare):
    compare(
        lambda store: store.write("a", b"text", overwrite=True), put,
        aws=True, differs=CHECKSUM,
    )


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_aws_put_with_a_checksum(compare, algorithm):
    compare(
        lambda store: store.write("a", b"text", overwrite=True),
        lambda client: put(client, ChecksumAlgorithm=algorithm),
        aws=True, options={"checksum_algorithm": algorithm},
    )


def test_aws_upload_with_a_checksum(compare):
    def ours(store):
        with store.create_upload("b") as upload:
            upload.part(1, b"text")

    def theirs(client):
        upload(client, ChecksumAlgorithm="SHA256")
        client.upload_part(
            Bucket="bucket", Key="b", UploadId="id", PartNumber=1, Body=b"text", ChecksumAlgorithm="SHA256")
        complete(client, IfNoneMatch="*")

    compare(
        ours, theirs, aws=True, options={"checksum_algorithm": "SHA256"}, differs=[XML_TYPE],
    )


def test_aws_copy_that_may_not_overwrite(compare):
    def theirs(client):
        head(client)
        upload(client, ContentType="binary/octet-stream", ChecksumAlgorithm="SHA256")
        copy_part(client)
        complete(client, IfNoneMatch="*")

    compare(
        lambda store: store.copy("a", "b"), theirs,
        aws=True, options={"checksum_algorithm": "SHA256"}, differs=[XML_TYPE],
    )


def test_aws_get_with_a_session_token(compare):
    compare(lambda store: store.read_bytes(ODD), lambda client: get(client, ODD), aws=True, token="session/+=")


def test_aws_get_by_path(compare):
    compare(lambda store: store.read_bytes("a"), get, aws=True, style="path")


def test_aws_delete_a_folder(compare):
    def theirs(client):
        listing(client, "folder/")
        client.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": "folder/a"}], "Quiet": True})

    compare(lambda store: store.delete_folder("folder", recursive=True), theirs, aws=True, differs=[NAMED_CRC32, XML_TYPE])


@pytest.mark.parametrize("sent, known", [
    ("5B3C1A2E053D763E-Ab==", "5B3C1A2E053D763E-Ab=="), ("D41D8CD98F00B204E9800998ECF8427E-2", "d41d8cd98f00b204e9800998ecf8427e-2"),
])
def test_an_etag_that_is_no_md5_is_sent_as_it_came(recorder, sent, known):
    recorder.begin({"PutObject": [Answer(headers={"ETag": f'"{sent}"'})] * 2})
    store = open_store(recorder)
    written = store.write("a", b"text", overwrite=True)
    assert written.etag == known
    store.write("a", b"text", if_match=written.etag)
    assert recorder.requests[-1].headers["if-match"] == f'"{known}"'
