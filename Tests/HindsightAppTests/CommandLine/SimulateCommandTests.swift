import Testing

@Suite("Command line: policies side by side") struct SimulateCommandTests {
    @Test("JSON has a line for each policy and group, alike for the same seed, and no log is made") func json() async throws {
        let folder = try CommandLineFolder()
        let command = [
            "billing", "simulate", "--customers", "200", "--days", "120", "--policies", "reason-rules,fridays", "--by", "funding", "--by",
            "reason",
            "--format",
        ]
        func simulate(_ format: String, seed: String = "1") async throws -> CommandLineFolder.Result {
            try await folder.shell("\"$HINDSIGHT\" \(command.joined(separator: " ")) \(format) --seed \(seed)")
        }
        let first = try await simulate("json")
        #expect(first.code == 0 && first.errors.isEmpty, "\(first.errors)")
        #expect(first.output.hasPrefix("[") && first.output.hasSuffix("]\n"))
        let lines = try await simulate("ndjson").lines
        #expect(lines.count { !$0.contains(#""by""#) } == 3)
        #expect(lines.contains { $0.contains(#""by":"funding""#) && $0.contains(#""value":"debit""#) })
        #expect(lines.contains { $0.contains(#""by":"reason""#) && $0.contains(#""value":"insufficient-funds""#) })
        #expect(lines.allSatisfy { $0.contains(#""collectedMinor":{"#) && $0.contains(#""renewals":"#) })
        #expect(try await simulate("json").output == first.output)
        #expect(try await simulate("json", seed: "2").output != first.output)
        let table = try await simulate("table")
        #expect(table.lines.count { $0.hasPrefix("reason-rules ") } == lines.count { $0.contains(#""policy":"reason-rules""#) })
        #expect(table.output.contains("*") && table.output.contains("funding: credit"))
        #expect(try await folder.shell("ls").output.isEmpty)
    }

    @Test(
        "A number or name that makes no comparison is refused by its name",
        arguments: [
            (["--customers", "0"], "--customers: 0 is not 20 to 1000000"), (["--days", "59"], "--days: 59 is not 60 to 3650"),
            (["--days", "100", "--train-days", "71"], "--train-days: 71 is not 30 to 70"),
            (["--train-days", "29"], "--train-days: 29 is not 30 to 335"), (["--seed", "9007199254740992"], "--seed"),
            (["--override", "nan"], "--override: nan is not 0.0 to 100.0"), (["--override", "101"], "--override"),
            (["--policies", "weekly"], "--policies: there is no 'weekly'"), (["--policies", "fridays,"], "--policies: there is no ''"),
            (["--policies", "fridays,fridays"], "--policies: fridays is there twice"), (["--by", "hour"], "'hour' is none of reason"),
        ])
    func refuses(_ options: [String], _ reason: String) async throws {
        let folder = try CommandLineFolder()
        let refused = try await folder.shell("\"$HINDSIGHT\" billing simulate \(options.joined(separator: " "))")
        #expect(refused.code == 2 && refused.isOneLineOfError && refused.output.isEmpty)
        #expect(refused.errors.contains(reason), "\(refused.errors)")
    }
}
