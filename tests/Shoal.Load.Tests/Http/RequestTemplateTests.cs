using System.Text;
using Shoal.Load.Http;

namespace Shoal.Load.Tests.Http;

public sealed class RequestTemplateTests
{
    private static readonly LoadOptions Options = new()
    {
        Url = "http://127.0.0.1:8080/db/{name}/query",
        Body = """{"params":[{id}],"other":"{unknown}"}""",
        Headers = ["Authorization: Bearer x"],
    };

    [Fact]
    public void Every_request_has_values_of_its_own_and_the_length_of_its_body()
    {
        var names = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(names, ["first", "second"]);
            var template = RequestTemplate.Build(Options with { Variables = ["id=5..6", "name=@" + names] });
            var requests = template.Requests.Select(Encoding.UTF8.GetString).Distinct().Order(StringComparer.Ordinal).ToArray();
            Assert.Equal(RequestTemplate.VariantsMax, template.Requests.Length);
            Assert.Equal(4, requests.Length);
            Assert.Equal(
                "POST /db/first/query HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAuthorization: Bearer x\r\n"
                + "Content-Type: application/json\r\nContent-Length: 34\r\n\r\n"
                + """{"params":[5],"other":"{unknown}"}""", requests[0]);
        }
        finally
        {
            File.Delete(names);
        }
    }

    [Theory]
    [InlineData("https://127.0.0.1/", "id=1..2")]
    [InlineData("127.0.0.1", "id=1..2")]
    [InlineData("http://127.0.0.1/", "id")]
    [InlineData("http://127.0.0.1/", "id=2..1")]
    [InlineData("http://127.0.0.1/", "=1..2")]
    [InlineData("http://127.0.0.1/", "id=a..b")]
    public void What_makes_no_sense_is_refused(string url, string variable) =>
        Assert.Throws<FormatException>(() => RequestTemplate.Build(Options with { Url = url, Variables = [variable] }));
}
