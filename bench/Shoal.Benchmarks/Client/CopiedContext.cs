using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Shoal.Benchmarks.Client;

/// <summary>Entity Framework's view of the table that rows are copied into.</summary>
internal sealed class CopiedContext(NpgsqlConnection connection) : DbContext
{
    protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.UseNpgsql(connection);

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        var item = modelBuilder.Entity<CopiedItem>().ToTable("copied");
        item.Property(static row => row.Id).HasColumnName("id").ValueGeneratedNever();
        item.Property(static row => row.Name).HasColumnName("name");
        item.Property(static row => row.Score).HasColumnName("score");
    }
}
