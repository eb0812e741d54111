namespace Shoal.Engine.Doctor;

/// <summary>How much a finding matters.</summary>
public enum DoctorSeverity
{
    /// <summary>Good to know; nothing is wrong.</summary>
    Note,

    /// <summary>Something is damaged, missing or about to fail.</summary>
    Problem,
}
