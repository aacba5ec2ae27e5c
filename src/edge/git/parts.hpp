// What a Repository holds. Only for the .cpp files of this folder.
#pragma once

#include "edge/git/library.hpp"
#include "edge/git/repository.hpp"

namespace tollgate::git {

struct Repository::Parts {
  RepositoryHandle repository;
  OdbHandle odb;
};

}  // namespace tollgate::git
