// A process that works on sagas until they are done or it is killed.
//
//   saga-torturer work FOLDER PEER NAME [KEY=VALUE...]
//                                           makes tours (see TourWork) on the log in FOLDER, and says "done" when all have ended
//   saga-torturer round SEED [SIMULATION]   plays the simulation of this seed twice, and says what became of it
//   saga-torturer tell SEED [SIMULATION]    plays it once, and tells what it left in the log
//   saga-torturer billing SEED ROUNDS [FLAW]
//                                           plays so many rounds of billing, from this seed on, each tenth twice: a line for each
//   saga-torturer tell-billing SEED [FLAW]  plays one once, and tells what it left in the log and at the gateway

import Glibc
import SagaFaults

do {
    try await SagaTorturer(arguments: Array(CommandLine.arguments.dropFirst())).run()
} catch {
    say("failed \(error)")
    exit(1)
}
