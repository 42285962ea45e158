import ArgumentParser
import HindsightApp
import HindsightCore

struct LogCommand: CommandGroup {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "The log itself: what it holds, whether it is whole, and copies of it.",
        subcommands: [Info.self, Verify.self, Check.self, Attest.self, Export.self, Import.self, Backup.self])
    @OptionGroup var options: CommonOptions
    @ParentCommand var root: Hindsight
}

extension Session {
    /// Opens the log to look for damage: what keeps it from being opened may be what is looked for.
    func openForInspection() throws -> Application { try reportingDamage { try open(for: .reading) } }

    /// Runs `body`; a log that it finds damaged is a finding, with its exit code.
    func reportingDamage<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as EventLogError {
            guard case .damaged = error else { throw error }
            throw DamageFound(description: "\(error)")
        }
    }
}
