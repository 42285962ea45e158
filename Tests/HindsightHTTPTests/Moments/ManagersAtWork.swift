import DemoInputs
import Foundation
import HindsightCore
import NIOHTTP1

/// Managers: offers and jobs, one after the other, through a real notebook.
struct ManagersAtWork {
    let visitor: Visitor

    private static let form = String(decoding: DemoInputs.audienceForm, as: UTF8.self)

    func run(jobs: Int) async throws {
        for number in 0..<jobs {
            try await visitor.act(.PUT, "/v1/audience/offers/offer-\(number)", #"{"title":"Offer \#(number)"}"#)
            let form = Self.form.replacingOccurrences(of: "coffee-2026-07", with: "offer-\(number)")
            let job = try await visitor.act(.POST, "/v1/audience/jobs", form)
            guard let id = try job.json["id"]?.stringValue else { throw ServerProcess.Failure(description: job.text) }
            if number % 3 == 1 { try await visitor.act(.POST, "/v1/audience/jobs/\(id)/cancel", #"{"reason":"too early"}"#) }
            var last = ""
            let path = "/v1/audience/jobs/\(id)"
            for try await line in try await ServerProcess.follow(visitor.address, path, headers: ["Accept": "text/event-stream"]) {
                guard line.hasPrefix("data: ") else { continue }
                last = line
                try await visitor.bustle.acted()
            }
            guard last.contains(#""status":"finished""#) else { continue }
            let attachment = #"{"job":"\#(id)","type":"regulars","cashback":{"percent":\#(number + 1)},"precedence":2}"#
            try await visitor.act(.POST, "/v1/audience/offers/offer-\(number)/audiences", attachment)
        }
    }
}
